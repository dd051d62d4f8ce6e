import HTTPClient
import HTTPServer
import Locking
import Logging
public import LogStorage
public import ReplicationCore

/// The master: takes messages, fixes their order, and answers when as many nodes hold them as the client asked for.
public final class MasterNode: Node {
  struct State {
    var master: Master
    var waiting = Waiting()
    var isStopping = false
  }

  let configuration: MasterConfiguration
  let log: any Log
  let logger: Logger
  let nodeID: NodeID
  /// The one lock of the node: around the core, the waiters, and the log's `append`.
  let state: Locked<State>
  private let client: Client
  private let replicator: Replicator
  private let server: Locked<Server?> = Locked(nil)
  private let stopGrace: Duration
  /// The port it listens on.
  public let port: Int

  /// Binds the port, hears from the followers which epochs they have seen, and begins to answer and to replicate.
  ///
  /// Connections that come in between wait in the listening socket's backlog.
  ///
  /// - Parameters:
  ///   - node: what both roles need.
  ///   - configuration: what a master needs.
  ///   - log: empty.
  /// - Throws: `ServerError` if the address can't be listened on, `ClientError` if libcurl doesn't start.
  public static func start(
    _ node: NodeConfiguration, _ configuration: MasterConfiguration, log: any Log = MemoryLog()
  ) async throws -> MasterNode {
    let socket = try ListeningSocket.bind(host: node.host, port: node.port)
    let followers = configuration.followers.count
    // A window of batches, and the heartbeats of a follower that hangs: well above what is under way, as libcurl wants it.
    let client = try Client(connectionsMax: followers * (configuration.settings.windowBatches + 64) + 64)
    let choice = EpochChoice(client: client, timeout: configuration.handshakeTimeout, logger: node.logger)
    let mastership = await choice.mastership(above: configuration.followers)
    let master = MasterNode(node, configuration, log: log, client: client, port: socket.port, mastership: mastership)
    try await master.begin(on: socket, node)
    return master
  }

  private init(
    _ node: NodeConfiguration, _ configuration: MasterConfiguration, log: any Log, client: Client, port: Int,
    mastership: Mastership
  ) {
    var generator = SystemRandomNumberGenerator()
    self.configuration = configuration
    self.log = log
    self.client = client
    self.port = port
    logger = node.logger
    nodeID = NodeID.random(using: &generator)
    stopGrace = node.stopGrace
    let master = Master(
      mastership: mastership, followers: configuration.followers.count, settings: configuration.settings,
      now: Clock.now)
    state = Locked(State(master: master))
    replicator = Replicator(
      client: client, masterURL: configuration.advertisedURL ?? node.url(port: port),
      targets: configuration.followers.map { $0.hasSuffix("/") ? "\($0)replicate" : "\($0)/replicate" })
  }

  private func begin(on socket: ListeningSocket, _ node: NodeConfiguration) async throws {
    log.observeDurable { [weak self] in self?.stored(through: $0) }
    await replicator.begin(for: self)
    let server = try Server.start(
      on: socket, limits: node.limits, refuse: { Rejection.refused($0).response }, handler: router.respond)
    self.server.withLock { $0 = server }
    logger.info(
      "master started",
      metadata: [
        "url": "\(node.url(port: port))", "epoch": "\(mastership.epoch)", "node_id": "\(nodeID)",
        "followers": "\(configuration.followers.count)", "storage": "memory",
      ])
    // It begins read-only where a quorum is wanted and no follower was heard yet.
    if let reason = state.withLock({ $0.master.readOnly }) { tell([.readOnlyChanged(reason)]) }
  }

  /// What it answers to whom.
  var router: Router {
    Router([
      "/add": ["POST": { (request) async throws(Rejection) in try await self.add(request) }],
      "/messages": ["GET": { (_) async throws(Rejection) in MessagesAnswer.response(log: self.log) }],
      "/health": ["GET": { (_) async throws(Rejection) in self.health() }],
    ])
  }

  /// This start's epoch and number.
  var mastership: Mastership { state.withLock { $0.master.mastership } }

  // MARK: What the core decides is carried out here, after the lock

  /// The master's own log is durable up to `offset`. Any thread.
  private func stored(through offset: Offset) {
    resume { state in state.master.stored(through: offset) }
  }

  /// Runs an event of the core and resumes those whose wait it ended.
  func resume(_ event: (inout State) -> [WaiterID]) {
    let ended = state.withLock { state in
      event(&state).compactMap { state.waiting.end($0, .confirmed) }
    }
    for continuation in ended { continuation.resume(returning: .confirmed) }
  }

  /// The senders look anew for what is to be sent. Any thread, cheap.
  func wakeSenders() {
    client.wake()
  }

  /// What waits and what is connected; nil after the stop. For tests.
  var serverCounts: ServerCounts? { server.withLock { $0 }?.counts }

  /// Stops the node: see `Node.stop`.
  public func stop() async {
    logger.info("master stopping")
    let ended = state.withLock { state in
      state.isStopping = true
      return state.master.stop().compactMap { state.waiting.end($0, .stopping) }
    }
    for continuation in ended { continuation.resume(returning: .stopping) }
    await server.withLock { $0 }?.stop(grace: stopGrace)
    await client.shutDown()
    // The server's handler holds the node: without this a stopped node would never be released.
    server.withLock { $0 = nil }
    logger.info("master stopped")
  }
}
