import Glibc
import HTTPClient
import HTTPServer
import Locking
import LogStorage
import Logging
import ReplicationCore
import Testing

@testable import LogService

/// Nodes on 127.0.0.1, started by a test and stopped after it.
final class Cluster: Sendable {
  /// Everything is told, so that the telling runs too; nobody reads it.
  static let logger = Logger(label: "test") { _ in
    LineLogHandler(node: "test", logLevel: .trace, writer: LogWriter(descriptor: open("/dev/null", O_WRONLY)))
  }

  let http: Client
  private let nodes = Locked<[any Node]>([])
  private let logs = Locked<[DiskLog]>([])

  fileprivate init() throws {
    signal(SIGPIPE, SIG_IGN)
    http = try Client()
  }

  /// Short intervals, but far above what a busy machine needs for a heartbeat.
  static var settings: ReplicationSettings {
    var settings = ReplicationSettings()
    settings.heartbeatInterval = .milliseconds(25)
    settings.suspectedAfter = .seconds(2)
    settings.unhealthyAfter = .seconds(4)
    settings.backoffMax = .milliseconds(200)
    return settings
  }

  static func configuration(port: Int, logger: Logger = Cluster.logger) -> NodeConfiguration {
    var limits = ServerLimits()
    limits.hangUpCheckInterval = .milliseconds(20)
    return NodeConfiguration(
      host: "127.0.0.1", port: port, limits: limits, stopGrace: .milliseconds(500), logger: logger)
  }

  /// - Parameter log: opened by the test; nil for a new one. Closed after the nodes' stop.
  func follower(
    delay: Interval = .zero, gapBytesMax: Int = 1 << 20, port: Int = 0, log: DiskLog? = nil,
    logger: Logger = Cluster.logger
  ) throws -> FollowerNode {
    let log = try keep(log)
    let follower = try FollowerNode.start(
      Self.configuration(port: port, logger: logger), FollowerConfiguration(delay: delay, gapBytesMax: gapBytesMax),
      log: log, nodeID: log.node)
    nodes.withLock { $0.append(follower) }
    return follower
  }

  /// - Parameter log: opened by the test; nil for a new one. Closed after the nodes' stop.
  func master(
    _ followers: [String], settings: ReplicationSettings = Cluster.settings, log: DiskLog? = nil,
    logger: Logger = Cluster.logger, handshakeTimeout: Duration = .seconds(2)
  ) async throws -> MasterNode {
    let log = try keep(log)
    let master = try await MasterNode.start(
      Self.configuration(port: 0, logger: logger),
      MasterConfiguration(followers: followers, settings: settings, handshakeTimeout: handshakeTimeout), log: log,
      nodeID: log.node)
    nodes.withLock { $0.insert(master, at: 0) }
    return master
  }

  private func keep(_ log: DiskLog?) throws -> DiskLog {
    let log = try log ?? .started()
    logs.withLock { $0.append(log) }
    return log
  }

  func client(_ node: MasterNode, _ way: Way = .overSockets) -> NodeClient {
    NodeClient(way: way, router: node.router, url: node.url, http: http)
  }

  func client(_ node: FollowerNode, _ way: Way = .overSockets) -> NodeClient {
    NodeClient(way: way, router: node.router, url: node.url, http: http)
  }

  fileprivate func end() async {
    for node in nodes.withLock({ $0 }) { await node.stop() }
    for log in logs.withLock({ $0 }) { log.close() }
    await http.shutDown()
  }

  /// A port that nobody has now, outside the range from which connections take theirs (`ip(7)`).
  static func freePort() throws -> Int {
    for _ in 0..<100 {
      if let socket = try? ListeningSocket.bind(host: "127.0.0.1", port: Int.random(in: 20_000..<32_000)) {
        return socket.port
      }
    }
    throw ClusterFailure.noFreePort
  }
}

enum ClusterFailure: Error {
  case noFreePort
}

extension Node {
  var url: String { "http://127.0.0.1:\(port)" }
}

extension MasterNode {
  /// How many requests wait for their write concern.
  var waiting: Int { state.withLock { $0.master.waiting } }
  /// How many connections wait for an answer; nil after the stop.
  var suspended: Int? { serverCounts?.waiting }
  /// What each follower is known to hold.
  var matches: [Offset] { state.withLock { $0.master.followerViews(now: Clock.now).map(\.match) } }
  /// Why it takes no messages.
  var readOnly: ReadOnlyReason? { state.withLock { $0.master.readOnly } }
}

/// Runs a test with a cluster of its own.
func withCluster(_ body: (Cluster) async throws -> Void) async throws {
  let cluster = try Cluster()
  do {
    try await body(cluster)
  } catch {
    await cluster.end()
    throw error
  }
  await cluster.end()
}

extension FollowerNode {
  /// Which process of which node it is.
  var identity: NodeIdentity { state.withLock(\.identity) }
  /// Whom it follows.
  var promised: Mastership? { state.withLock { $0.promise } }
}
