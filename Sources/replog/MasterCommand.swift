import ArgumentParser
import HTTPClient
import HTTPServer
import LogService
import LogStorage
import ReplicationCore

/// `replog master`.
struct MasterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "master", abstract: "Run the master: it takes messages and replicates them to its followers.")
  static let names = [
    "--port", "--follower", "--quorum", "--advertise", "--heartbeat-interval", "--suspected-after",
    "--unhealthy-after", "--batch-timeout", "--backoff-min", "--backoff-max", "--window-batches", "--window-bytes",
    "--batch-bytes", "--batch-entries", "--waiting-max", "--handshake-timeout",
  ]
  private static let standard = ReplicationSettings()
  private static let advertiseBytesMax = 2048

  @OptionGroup var node: NodeOptions

  @Option(help: "The port to listen on, 0 to 65535; 0 takes a free one and logs it.")
  var port = 6061

  @Option(
    name: .customLong("follower"),
    help: "The URL of a follower, such as http://127.0.0.1:6062; may be repeated. (default: none)")
  var followers: [String] = []

  @Option(
    help: "How many nodes, the master included, must be healthy for messages to be taken. (default: no such rule)")
  var quorum: Int?

  @Option(help: "Where clients reach this master, as followers tell them. (default: http://HOST:PORT)")
  var advertise: String?

  @Option(help: "How often each follower gets a heartbeat, in seconds.")
  var heartbeatInterval = Seconds(Self.standard.heartbeatInterval)

  @Option(help: "A follower that is silent for so long is Suspected, in seconds.")
  var suspectedAfter = Seconds(Self.standard.suspectedAfter)

  @Option(help: "A follower that is silent for so long is Unhealthy, in seconds.")
  var unhealthyAfter = Seconds(Self.standard.unhealthyAfter)

  @Option(help: "The time-out of a batch, beyond the follower's own delay, in seconds.")
  var batchTimeout = Seconds(Self.standard.batchTimeout)

  @Option(help: "The pause after a first failed batch, in seconds; it doubles with each failure.")
  var backoffMin = Seconds(Self.standard.backoffMin)

  @Option(help: "The longest pause after failed batches, in seconds.")
  var backoffMax = Seconds(Self.standard.backoffMax)

  @Option(help: "Batches on the way to one follower at a time, 1 to 1024.")
  var windowBatches = Self.standard.windowBatches

  @Option(help: "Bytes of entries on the way to one follower at a time.")
  var windowBytes = Self.standard.windowBytes

  @Option(help: "Bytes of entries in one batch, 1 to 1048576; one entry always fits.")
  var batchBytes = Self.standard.batchBytesMax

  @Option(help: "Entries in one batch, 1 to 30000.")
  var batchEntries = Self.standard.batchEntriesMax

  @Option(help: "Requests that may wait for their write concern at a time, 1 or more, below --connections-max.")
  var waitingMax = Self.standard.waitingMax

  @Option(help: "How long a starting master waits for its followers' first answers, in seconds, 0.001 to 3.")
  var handshakeTimeout = Seconds(.seconds(2))

  func validate() throws {
    try NodeOptions.check(port, in: 0...65535, "--port")
    var seen: Set<[String]> = []
    for url in try followers.map({ try NodeOptions.url($0, "--follower") }) {
      // With or without a slash at the end, in capitals or not: it is one place.
      let path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
      guard seen.insert([url.host.lowercased(), "\(url.port)", path]).inserted else {
        throw ValidationError("--follower \(url) is given twice")
      }
    }
    if let quorum { try NodeOptions.check(quorum, in: 1...followers.count + 1, "--quorum") }
    if let advertise {
      _ = try NodeOptions.url(advertise, "--advertise")
      try NodeOptions.check(advertise.utf8.count, in: 1...Self.advertiseBytesMax, "the length of --advertise")
    }
    // The start does not listen to SIGTERM, and a stop is to take 5 s at most.
    guard handshakeTimeout.interval <= .seconds(3) else {
      throw ValidationError("--handshake-timeout must be 0.001 to 3 seconds")
    }
    for (interval, name) in [
      (heartbeatInterval, "--heartbeat-interval"), (backoffMin, "--backoff-min"), (batchTimeout, "--batch-timeout"),
      (handshakeTimeout, "--handshake-timeout"),
    ] where interval.interval < .milliseconds(1) {
      throw ValidationError("\(name) must be 0.001 to 86400 seconds")
    }
    for (less, lessName, more, moreName) in [
      (heartbeatInterval, "--heartbeat-interval", suspectedAfter, "--suspected-after"),
      (suspectedAfter, "--suspected-after", unhealthyAfter, "--unhealthy-after"),
    ] where less.interval >= more.interval {
      throw ValidationError("\(lessName) must be less than \(moreName)")
    }
    guard backoffMin.interval <= backoffMax.interval else {
      throw ValidationError("--backoff-min must be at most --backoff-max")
    }
    try NodeOptions.check(windowBatches, in: 1...1024, "--window-batches")
    try NodeOptions.check(windowBytes, in: 1...1 << 40, "--window-bytes")
    try NodeOptions.check(batchBytes, in: 1...1 << 20, "--batch-bytes")
    try NodeOptions.check(batchEntries, in: 1...30_000, "--batch-entries")
    try NodeOptions.check(waitingMax, in: 1...node.connectionsMax - 1, "--waiting-max")
  }

  func run() async throws {
    let logger = Running.logger(node: "master", level: node.logLevel)
    let configuration = node.configuration(port: port, logger: logger)
    var settings = ReplicationSettings()
    settings.quorum = quorum
    settings.heartbeatInterval = heartbeatInterval.interval
    settings.suspectedAfter = suspectedAfter.interval
    settings.unhealthyAfter = unhealthyAfter.interval
    settings.batchTimeout = batchTimeout.interval
    settings.backoffMin = backoffMin.interval
    settings.backoffMax = backoffMax.interval
    settings.windowBatches = windowBatches
    settings.windowBytes = windowBytes
    settings.batchBytesMax = batchBytes
    settings.batchEntriesMax = batchEntries
    // A waiting request holds a connection; new requests must still get in.
    settings.waitingMax = min(waitingMax, max(1, configuration.limits.connectionsMax * 4 / 5))
    let master = MasterConfiguration(
      followers: followers, advertisedURL: advertise, settings: settings,
      handshakeTimeout: handshakeTimeout.interval.duration)
    let folder = node.folder(role: "master", port: port)
    try await Running.run(configuration, folder: folder, sync: node.sync) { socket, log in
      try await MasterNode.start(configuration, master, on: socket, log: log, nodeID: log.node)
    }
  }
}
