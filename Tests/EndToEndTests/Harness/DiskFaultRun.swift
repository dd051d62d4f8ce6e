import Locking
import Testing

/// A cluster under load, one of whose nodes meets faults of its disk.
final class DiskFaultRun: Sendable {
  /// System calls that fail until the fault ends, and how. Each write and sync is one of the first; the others come with a
  /// failed sync, after which a new file is begun.
  static let faults: [[String]] = [
    ["pwrite64:error=EIO"],
    ["pwrite64:error=ENOSPC"],
    // Nothing was written, and no error: the shortest of short writes.
    ["pwrite64:retval=0"],
    ["fdatasync:error=EIO"],
    ["fdatasync:error=ENOSPC"],
    ["fdatasync:error=EIO:when=1", "fsync:error=EIO"],
    ["fdatasync:error=EIO:when=1", "openat:error=EIO"],
    ["fdatasync:error=EIO:when=1", "openat:error=ENOSPC"],
    ["fdatasync:error=EIO:when=1", "fallocate:error=ENOSPC"],
    ["fdatasync:error=EIO:when=1", "fallocate:error=EIO"],
    ["fdatasync:error=EIO:when=1", "pread64:error=EIO"],
    ["fdatasync:error=EIO:when=1", "ftruncate:error=EIO"],
    ["fdatasync:error=EIO", "unlinkat:error=EIO"],
    ["pwrite64:error=EIO", "fsync:error=EIO", "fdatasync:error=EIO", "openat:error=EIO", "unlinkat:error=EIO"],
  ]

  private let cluster: Cluster
  private let node: Cluster.Node
  private let writers: Writers
  private let isOn = Locked(true)
  private let writing = Locked<Task<Void, Never>?>(nil)

  private init(_ cluster: Cluster, node: Int) {
    self.cluster = cluster
    self.node = cluster.nodes[node]
    writers = Writers(cluster.master.client, clients: 4, writeConcernMax: 2)
  }

  deinit { writing.withLock { $0 }?.cancel() }

  /// - Parameter node: which of the nodes has the bad disk: 0 for the master, 1 for its follower.
  static func start(on node: Int) async throws -> DiskFaultRun {
    let cluster = try await Cluster.start(delays: [0], masterOptions: FollowerFaultTests.shortTimes)
    let run = DiskFaultRun(cluster, node: node)
    let (writers, isOn) = (run.writers, run.isOn)
    run.writing.withLock { $0 = Task { await writers.write { isOn.withLock { $0 } } } }
    return run
  }

  /// The fault comes, is met, and ends.
  func meet(_ calls: [String]) async throws {
    let comment = Comment(rawValue: "\(calls) on \(node.arguments[0])")
    let before = writers.confirmedCount
    #expect(await eventually(within: .seconds(5)) { writers.confirmedCount > before + 20 }, comment)
    let errors = errorLineCount
    let fault = try await DiskFault(calls, on: node)
    #expect(await eventually(within: .seconds(10), every: .milliseconds(5)) { fault.hits >= calls.count }, comment)
    #expect(await eventually(within: .seconds(5), every: .milliseconds(5)) { errorLineCount > errors }, comment)
    // All nodes go on to answer.
    for node in cluster.nodes { _ = try await node.client.messages() }
    fault.end()
    let confirmed = writers.confirmedCount
    let goesOn = await eventually(within: .seconds(10)) {
      let trouble = try await node.client.health()["storage_trouble"]
      return trouble?.isNull == true && writers.confirmedCount > confirmed + 20
    }
    #expect(goesOn, "\(comment): \(node.process.stderr)")
  }

  private var errorLineCount: Int { node.process.logLines.count { $0.level == "error" } }

  /// Kills the nodes, and looks what is on their disks.
  func finish() async throws {
    isOn.withLock { $0 = false }
    await writing.withLock { $0 }?.value
    for node in cluster.nodes { node.kill() }
    for node in cluster.nodes {
      let check = try await node.verify()
      #expect(check.exit == .status(0), "\(check)")
    }
    for node in cluster.nodes.reversed() { try await node.start() }
    #expect(await cluster.converges(within: .seconds(5)))
    #expect(writers.problems(in: try await cluster.master.client.messages()) == [])
  }
}
