import ArgumentParser
import LogService
import LogStorage
import ReplicationCore

/// `replog follower`.
struct FollowerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "follower", abstract: "Run a follower: it stores what its master sends and shows it.")
  static let names = ["--port", "--delay", "--gap-bytes", "--delayed-bytes", "--name"]
  private static let standard = FollowerConfiguration()

  @OptionGroup var node: NodeOptions

  @Option(help: "The port to listen on, 0 to 65535; 0 takes a free one and logs it.")
  var port = 6062

  @Option(help: "How late new messages are stored, to emulate a slow replica, in seconds, 0 to 3600.")
  var delay = Seconds(.zero)

  @Option(help: "Bytes of messages kept in memory until the ones before them come.")
  var gapBytes = Self.standard.gapBytesMax

  @Option(help: "Bytes of requests that may wait for the delay at a time, at least --body-limit and a MiB.")
  var delayedBytes = Self.standard.delayedBytesMax

  @Option(help: "The node's name in its log lines.")
  var name = "follower"

  /// What a request of a master has besides one message of the longest allowed.
  private static let batchOverheadBytes = 1 << 20

  /// A connection's memory: more than a master's, since a master sends its batches over one connection.
  static let connectionMemoryBytes = 36 << 10

  func validate() throws {
    try NodeOptions.check(port, in: 0...65535, "--port")
    guard delay.interval <= .seconds(3600) else { throw ValidationError("--delay must be 0 to 3600 seconds") }
    try NodeOptions.check(gapBytes, in: 0...1 << 40, "--gap-bytes")
    try NodeOptions.check(
      delayedBytes, in: node.bodyLimit + Self.batchOverheadBytes...1 << 40, "--delayed-bytes")
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw ValidationError("--name must be one word of printable ASCII characters")
    }
  }

  func run() async throws {
    let logger = Running.logger(node: name, level: node.logLevel)
    let configuration = node.configuration(
      port: port, extraBodyBytes: Self.batchOverheadBytes, memoryBytes: Self.connectionMemoryBytes, logger: logger)
    let follower = FollowerConfiguration(
      delay: delay.interval, gapBytesMax: gapBytes, delayedBytesMax: delayedBytes)
    let folder = node.folder(role: "follower", port: port)
    try await Running.run(configuration, folder: folder, sync: node.sync) { socket, log in
      try FollowerNode.start(configuration, follower, on: socket, log: log, nodeID: log.node)
    }
  }
}
