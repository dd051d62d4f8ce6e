import HTTPServer
import Locking
import Logging
public import LogStorage
public import ReplicationCore

/// A follower: stores what its master sends, in the master's order, and shows what it holds.
public final class FollowerNode: Node {
  let log: any Log
  let logger: Logger
  let delay: Interval
  let identity: NodeIdentity
  /// The one lock of the node: around the core and the log's appends.
  let state: Locked<Follower>
  /// How many bytes of requests wait for the delay.
  let delayedBytes = Locked(0)
  let delayedBytesMax: Int
  let gate: DurabilityGate
  private let server: Locked<Server?> = Locked(nil)
  private let stopGrace: Duration
  /// The port it listens on.
  public let port: Int

  /// Binds the port and begins to answer.
  ///
  /// - Parameters:
  ///   - node: what both roles need.
  ///   - configuration: what a follower needs.
  ///   - log: empty.
  /// - Throws: `ServerError` if the address can't be listened on.
  public static func start(
    _ node: NodeConfiguration, _ configuration: FollowerConfiguration, log: any Log = MemoryLog()
  ) throws -> FollowerNode {
    let socket = try ListeningSocket.bind(host: node.host, port: node.port)
    let follower = FollowerNode(node, configuration, log: log, port: socket.port)
    try follower.begin(on: socket, node)
    return follower
  }

  private init(_ node: NodeConfiguration, _ configuration: FollowerConfiguration, log: any Log, port: Int) {
    var generator = SystemRandomNumberGenerator()
    self.log = log
    self.port = port
    logger = node.logger
    delay = configuration.delay
    delayedBytesMax = configuration.delayedBytesMax
    gate = DurabilityGate(log: log)
    stopGrace = node.stopGrace
    identity = NodeIdentity(node: .random(using: &generator), incarnation: generator.next())
    state = Locked(Follower(identity: identity, delay: delay, gapBytesMax: configuration.gapBytesMax))
  }

  private func begin(on socket: ListeningSocket, _ node: NodeConfiguration) throws {
    log.observeDurable { [weak gate] _ in gate?.look() }
    let server = try Server.start(
      on: socket, limits: node.limits, headersCopied: ["Content-Type"],
      refuse: { Rejection.refused($0).response }, handler: router.respond)
    self.server.withLock { $0 = server }
    logger.info(
      "follower started",
      metadata: [
        "url": "\(node.url(port: port))", "delay_s": "\(Double(delay.milliseconds) / 1000)",
        "node_id": "\(identity.node)", "storage": "memory",
      ])
  }

  /// What it answers to whom.
  var router: Router {
    Router([
      "/add": ["POST": { (_) async throws(Rejection) in throw self.notTheMaster() }],
      "/replicate": ["POST": { (request) async throws(Rejection) in try await self.replicate(request) }],
      "/messages": ["GET": { (_) async throws(Rejection) in MessagesAnswer.response(log: self.log) }],
      "/health": ["GET": { (_) async throws(Rejection) in self.health() }],
    ])
  }

  /// 421: where to add messages instead.
  private func notTheMaster() -> Rejection {
    guard let url = state.withLock({ $0.masterURL }) else {
      return Rejection(
        status: 421, message: "this node is a follower and has not met its master yet: add messages on the master",
        data: .members(["master": .null]))
    }
    return Rejection(
      status: 421, message: "this node is a follower: add messages on the master, \(url)",
      data: .members(["master": .string(url)]))
  }

  /// `GET /health`.
  private func health() -> Response {
    let end = log.end
    let (promise, commit, master) = state.withLock { ($0.promise, $0.commit, $0.masterURL) }
    return Envelope.response(
      200, "Health fetched successfully",
      data: .members([
        "role": .string("follower"),
        "node_id": .string("\(identity.node)"),
        "epoch": .number(promise?.epoch.rawValue ?? 0),
        "last_offset": .number(end.durable.rawValue),
        "commit_offset": .number(commit.rawValue),
        "read_only": .null,
        "master": master.map { .string($0) } ?? .null,
        "delay_ms": .number(UInt64(delay.milliseconds)),
        "storage": .string("memory"),
        "version": .string(Version.current),
      ]))
  }

  /// Stops the node: see `Node.stop`.
  public func stop() async {
    logger.info("follower stopping")
    gate.open()
    await server.withLock { $0 }?.stop(grace: stopGrace)
    // The server's handler holds the node: without this a stopped node would never be released.
    server.withLock { $0 = nil }
    logger.info("follower stopped")
  }
}
