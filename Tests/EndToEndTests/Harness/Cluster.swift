import Foundation
import Glibc
import Locking

/// A master and followers as real processes on free ports, killed when the last reference goes.
///
/// `followers[0]` is follower-1.
final class Cluster: Sendable {
  /// A place of a node: its address and its data stay while its process comes and goes.
  final class Node: Sendable {
    let port: Int
    let arguments: [String]
    private let folder: Folder
    private let current = Locked<NodeProcess?>(nil)

    init(port: Int, arguments: [String]) throws {
      self.port = port
      self.arguments = arguments
      folder = try Folder()
    }

    /// Where its log is.
    var dataDirectory: String { "\(folder.path)/data" }

    /// Removes its data, as a disk that is replaced. The process must be gone.
    func wipe() throws {
      precondition(!process.isRunning, "the node on \(port) still runs")
      try FileManager.default.removeItem(atPath: dataDirectory)
    }

    var url: String { "http://127.0.0.1:\(port)" }
    var client: NodeClient { NodeClient(url: url) }

    /// The process that runs or ran last.
    var process: NodeProcess {
      guard let process = current.withLock({ $0 }) else { preconditionFailure("the node on \(port) was never started") }
      return process
    }

    /// Starts it, for the first time or again, and waits until it listens.
    /// - Parameter options: more arguments, of this process only.
    func start(_ options: [String] = []) async throws {
      try launch(options)
      _ = try await process.port()
    }

    /// Starts it without waiting.
    func launch(_ options: [String] = []) throws {
      if let last = current.withLock({ $0 }) { last.kill() }
      let process = try NodeProcess(arguments + ["--port", "\(port)", "--data-dir", dataDirectory] + options)
      current.withLock { $0 = process }
    }

    /// SIGTERM, and waits for its end.
    func stop() async throws {
      process.send(SIGTERM)
      let exit = try await process.waitForExit(within: .seconds(10))
      guard exit == .status(0) else { throw HarnessError("it ended with \(exit): \(process.stderr)") }
    }

    /// SIGKILL.
    func kill() { process.kill() }
    /// SIGSTOP: it hangs, and its connections stay.
    func pause() { process.send(SIGSTOP) }
    /// SIGCONT.
    func resume() { process.send(SIGCONT) }
  }

  let master: Node
  let followers: [Node]
  /// The master, then the followers.
  var nodes: [Node] { [master] + followers }

  /// - Parameters:
  ///   - delays: the delay of each follower, in seconds.
  ///   - masterOptions: more arguments of the master.
  ///   - followerOptions: more arguments of each follower.
  ///   - followerURLs: where the master looks for the followers, when not directly (through a proxy of the test, say):
  ///     their real URLs go in, those for the master come out.
  init(
    delays: [Double] = [0, 0], masterOptions: [String] = [], followerOptions: [String] = [],
    followerURLs: ([String]) throws -> [String] = { $0 }
  ) throws {
    followers = try delays.enumerated().map { index, delay in
      try Node(
        port: FreePort.take(),
        arguments: ["follower", "--delay", "\(delay)", "--name", "follower-\(index + 1)"] + followerOptions)
    }
    let urls = try followerURLs(followers.map(\.url))
    master = try Node(
      port: FreePort.take(), arguments: ["master"] + urls.flatMap { ["--follower", $0] } + masterOptions)
  }

  /// Makes a cluster and starts all of it: the followers, then the master; returns when all are Healthy.
  static func start(
    delays: [Double] = [0, 0], masterOptions: [String] = [], followerOptions: [String] = []
  ) async throws -> Cluster {
    let cluster = try Cluster(delays: delays, masterOptions: masterOptions, followerOptions: followerOptions)
    for follower in cluster.followers { try await follower.start() }
    try await cluster.master.start()
    guard await cluster.becomesHealthy() else { throw HarnessError("not healthy: \(cluster.master.process.stderr)") }
    return cluster
  }

  /// Waits until the master has heard all followers.
  func becomesHealthy(within limit: Duration = .seconds(10)) async -> Bool {
    await eventually(within: limit) {
      try await states() == Array(repeating: "Healthy", count: followers.count)
    }
  }

  /// The followers' states as the master's `GET /health` shows them.
  func states() async throws -> [String] {
    try await master.client.health()["followers"]?.array?.map { $0["state"]?.string ?? "" } ?? []
  }

  /// Waits until every node shows the same messages as the master, or a given list.
  func converges(to messages: [String]? = nil, within limit: Duration) async -> Bool {
    await eventually(within: limit, every: .milliseconds(50)) {
      let wanted = try await master.client.messages()
      guard messages == nil || wanted == messages else { return false }
      for follower in followers where try await follower.client.messages() != wanted { return false }
      return true
    }
  }
}
