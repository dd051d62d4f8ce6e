import ArgumentParser
import HTTPClient
import HTTPServer
import LogService
import LogStorage
import Logging
import ReplicationCore

/// The options of both roles.
struct NodeOptions: ParsableArguments {
  static let names = [
    "--host", "--log-level", "--body-limit", "--bodies-limit", "--connections-max", "--connection-memory",
    "--idle-timeout", "--hang-up-check", "--stop-grace", "--data-dir", "--sync",
  ]
  private static let limits = ServerLimits()

  @Option(help: "The address or name to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The lowest level of log lines: trace, debug (each message and batch), info, notice, warning, error.")
  var logLevel = Logger.Level.info

  @Option(help: "The longest body of a request, in bytes, 1 to 1073741824.")
  var bodyLimit = Self.limits.bodyBytesMax

  @Option(help: "All bodies that are being received together, in bytes, --body-limit to 2^40.")
  var bodiesLimit = Self.limits.bodiesBytesTotalMax

  @Option(help: "Connections at a time, 2 to 1000000; fewer where the system allows fewer descriptors.")
  var connectionsMax = Self.limits.connectionsMax

  @Option(
    help: """
      Memory for the head of a request, for receiving and for sending, per connection, in bytes, 4096 to 1048576. \
      (default: \(Self.limits.connectionMemoryBytes), of a follower \(FollowerCommand.connectionMemoryBytes))
      """)
  var connectionMemory: Int?

  @Option(help: "A connection closes when nothing moves on it for so many whole seconds; 0 for never.")
  var idleTimeout = Self.limits.idleTimeoutSeconds

  @Option(help: "How often waiting clients are checked for having hung up, in seconds, 0.05 to 5.")
  var hangUpCheck = Seconds(.seconds(1))

  @Option(help: "How long the last exchanges may take when the node stops, in seconds, 0 to 60.")
  var stopGrace = Seconds(.seconds(2))

  @Option(
    help: "The folder of the node's log, made if it isn't there. (default: ./data/ROLE-PORT)", completion: .directory)
  var dataDir: String?

  @Option(
    help: """
      When a message counts as written: always (written and synced) or never (written to the system's page cache: a \
      loss of power can lose the last moments).
      """)
  var sync = DiskLogOptions.SyncPolicy.always

  func validate() throws {
    if let dataDir, dataDir.isEmpty { throw ValidationError("--data-dir must not be empty") }
    try Self.check(bodyLimit, in: 1...1 << 30, "--body-limit")
    try Self.check(bodiesLimit, in: bodyLimit...1 << 40, "--bodies-limit")
    try Self.check(connectionsMax, in: 2...1_000_000, "--connections-max")
    if let connectionMemory { try Self.check(connectionMemory, in: 4096...1 << 20, "--connection-memory") }
    try Self.check(idleTimeout, in: 0...86_400, "--idle-timeout")
    guard hangUpCheck.interval >= .milliseconds(50), hangUpCheck.interval <= .seconds(5) else {
      throw ValidationError("--hang-up-check must be 0.05 to 5 seconds")
    }
    guard stopGrace.interval <= .seconds(60) else { throw ValidationError("--stop-grace must be 0 to 60 seconds") }
  }

  /// The folder of the node's log.
  /// - Parameters:
  ///   - role: `master` or `follower`.
  ///   - port: the configured one.
  func folder(role: String, port: Int) -> String {
    dataDir ?? "./data/\(role)-\(port)"
  }

  /// Takes a URL apart.
  /// - Throws: `ValidationError` that names the option.
  static func url(_ text: String, _ option: String) throws -> HTTPURL {
    do throws(ClientError) {
      return try HTTPURL.parse(text)
    } catch {
      throw ValidationError("\(option): \(error)")
    }
  }

  /// Says what is allowed where a value is not.
  static func check<Value: Comparable>(_ value: Value, in range: ClosedRange<Value>, _ option: String) throws {
    guard range.contains(value) else {
      throw ValidationError("\(option) is \(value); it must be \(range.lowerBound) to \(range.upperBound)")
    }
  }

  /// - Parameters:
  ///   - port: where to listen.
  ///   - extraBodyBytes: what a body may have beyond `bodyLimit`.
  ///   - memoryBytes: a connection's memory where `connectionMemory` doesn't say.
  ///   - logger: for the log lines.
  /// - Returns: the configuration, with no more connections than there can be descriptors.
  func configuration(
    port: Int, extraBodyBytes: Int = 0, memoryBytes: Int = limits.connectionMemoryBytes, logger: Logger
  ) -> NodeConfiguration {
    var limits = ServerLimits()
    limits.bodyBytesMax = bodyLimit + extraBodyBytes
    limits.bodiesBytesTotalMax = bodiesLimit + extraBodyBytes
    limits.connectionsMax = connectionsMax
    limits.connectionMemoryBytes = connectionMemory ?? memoryBytes
    limits.idleTimeoutSeconds = idleTimeout
    limits.hangUpCheckInterval = hangUpCheck.interval.duration
    let possible = DescriptorLimit.raise() - DescriptorLimit.reserve
    if limits.connectionsMax > possible {
      logger.warning(
        "fewer connections than configured: the system allows too few descriptors (ulimit -n)",
        metadata: ["configured": "\(connectionsMax)", "connections_max": "\(max(2, possible))"])
      limits.connectionsMax = max(2, possible)
    }
    // Beside the waiting requests, so that new requests always get in.
    limits.liveMax = min(limits.liveMax, max(1, limits.connectionsMax * 3 / 20))
    return NodeConfiguration(
      host: host, port: port, limits: limits, stopGrace: stopGrace.interval.duration, logger: logger)
  }
}
