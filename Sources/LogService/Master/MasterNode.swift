import HTTPClient
public import HTTPServer
import Locking
public import LogStorage
import Logging
public import ReplicationCore
import Synchronization

/// The master: takes messages, fixes their order, and answers when as many nodes hold them as the client asked for.
public final class MasterNode: Node {
  struct State {
    var master: Master
    /// What keeps the master from beginning: then `master` only stands in for the one to come.
    var startTrouble: LogTrouble?
    var waiting = Waiting()
    var isStopping = false
    /// How far each follower has caught up.
    var catchUps: [CatchUp]
    var catchUpDue: Instant
    /// Where the log holds the entries of requests with a key; nil until it was read.
    var keys: KeyIndex?
  }

  let configuration: MasterConfiguration
  let log: any Log
  let logger: Logger
  /// Whether a line is wanted for each add (`docs/adr/0007-per-message-lines-at-debug.md`): asked once, not for each.
  let tellsEachAdd: Bool
  let nodeID: NodeID
  /// This process of the node.
  private let identity: NodeIdentity
  private let isFullTold = Told(false)
  private let hasLogChanged = Atomic(false)
  /// A failure that the log told of and nobody looked at yet. It may be over by then, since a new file is begun at once, and is told
  /// all the same.
  private let failureMet = Locked<LogTrouble?>(nil)
  /// The one lock of the node: around the core, the waiters, and the log's `append`.
  let state: Locked<State>
  /// `GET /messages`.
  let reading: MessageReading
  private let client: Client
  let replicator: Replicator
  private let server: Locked<Server?> = Locked(nil)
  private let stopGrace: Duration
  /// Tries to begin again and again, where the disk did not take what a master writes first.
  private let beginning: Locked<Task<Void, Never>?> = Locked(nil)
  /// What the answers to most adds have in common, and in which epoch.
  let committedTemplate: Locked<(epoch: Epoch, template: AnswerTemplate)?> = Locked(nil)
  let keySaving: KeySaving
  let keyReading: Locked<Task<Void, Never>?> = Locked(nil)
  /// The port it listens on.
  public let port: Int
  /// Where it is reached, for people.
  private let url: String
  /// Where clients reach it, as followers tell them.
  let clientURL: String

  /// Binds the port, hears from the followers what they hold, and begins to answer and to replicate.
  ///
  /// Connections that come in between wait in the listening socket's backlog. Where the disk is full or fails, so that the epoch
  /// or a tail to copy back can't be written, the node shows what it has, takes no messages and sends none, and begins as soon
  /// as the disk lets it.
  ///
  /// - Parameters:
  ///   - node: what both roles need.
  ///   - configuration: what a master needs.
  ///   - socket: bound already; nil to bind the configured address.
  ///   - log: with what it held before; the caller closes it after the stop.
  ///   - nodeID: which node it is.
  /// - Throws: `ServerError` if the address can't be listened on, `ClientError` if libcurl doesn't start, `LogReadError` where
  ///   the log can't be used for the start.
  public static func start(
    _ node: NodeConfiguration, _ configuration: MasterConfiguration, on socket: ListeningSocket? = nil, log: DiskLog,
    nodeID: NodeID
  ) async throws -> MasterNode {
    let socket = try socket ?? ListeningSocket.bind(host: node.host, port: node.port)
    let followers = configuration.followers.count
    // A window of batches, and the heartbeats of a follower that hangs: well above what is under way, as libcurl wants it.
    let client = try Client(connectionsMax: followers * (configuration.settings.windowBatches + 64) + 64)
    let gate = DurabilityGate(log: log)
    log.observe { [weak gate] in gate?.look() }
    let start = MasterStart(
      log: log, gate: gate, fetcher: Fetcher(client: client), followers: configuration.followers,
      timeout: configuration.handshakeTimeout, logger: node.logger)
    do {
      let core = Self.core(try await start.run(), configuration, log: log)
      let master = MasterNode(
        node, configuration, log: log, nodeID: nodeID, client: client, port: socket.port, core: core,
        startID: start.startID)
      try master.listen(on: socket, node)
      await master.begin()
      return master
    } catch let failure as MasterStartFailure {
      let core = Self.waitingCore(configuration, log: log, after: failure)
      let master = MasterNode(
        node, configuration, log: log, nodeID: nodeID, client: client, port: socket.port, core: core,
        startTrouble: failure.trouble, startID: start.startID)
      try master.listen(on: socket, node)
      let beginning = master.beginLater(start, after: failure)
      master.beginning.withLock { $0 = beginning }
      return master
    }
  }

  private init(
    _ node: NodeConfiguration, _ configuration: MasterConfiguration, log: DiskLog, nodeID: NodeID, client: Client,
    port: Int, core: Master, startTrouble: LogTrouble? = nil, startID: UInt64
  ) {
    self.configuration = configuration
    self.log = log
    self.nodeID = nodeID
    self.client = client
    self.port = port
    url = node.url(port: port)
    clientURL = configuration.advertisedURL ?? url
    logger = node.logger
    tellsEachAdd = node.logger.logLevel <= .debug
    keySaving = KeySaving(log: log, logger: node.logger)
    stopGrace = node.stopGrace
    let catchUps = Array(repeating: CatchUp(), count: configuration.followers.count)
    let state = Locked(
      State(master: core, startTrouble: startTrouble, catchUps: catchUps, catchUpDue: Clock.now))
    self.state = state
    // After a restart the followers have not told yet.
    reading = MessageReading(log: log, waitingMax: node.readersWaitingMax) {
      max(state.withLock { $0.master.acked.commit }, log.commitKnown)
    }
    identity = NodeIdentity(node: nodeID, incarnation: startID)
    replicator = Replicator(
      client: client, masterURL: clientURL,
      targets: configuration.followers.map { $0.hasSuffix("/") ? "\($0)replicate" : "\($0)/replicate" })
  }

  private func listen(on socket: ListeningSocket, _ node: NodeConfiguration) throws {
    let server = try Server.start(
      on: socket, limits: node.limits, host: client.host,
      headersCopied: MessageReading.headersRead + AddRequest.headersRead + ["Content-Type"],
      refuse: { [weak self] refusal, request in
        let rejection = Rejection.refused(refusal)
        return self?.reject(rejection, request, outcomeOfAdd: refusal.outcomeOfAdd) ?? rejection.response
      },
      prompt: { [self] in answerPromptly($0, $1) ?? reading.answerPromptly($0) }, handler: router.respond)
    self.server.withLock { $0 = server }
    logger.info(
      "master started",
      metadata: [
        "url": "\(url)", "epoch": "\(mastership.epoch)", "node_id": "\(nodeID)",
        "followers": "\(configuration.followers.count)", "last": "\(log.end.last)",
      ])
  }

  /// What it answers to whom.
  var router: Router {
    let routes: [String: [String: Router.RouteHandler]] = [
      RefusedAdd.path: ["POST": { (request) async throws(Rejection) in try await self.add(request) }],
      "/fetch": [
        "POST": { (request) async throws(Rejection) in
          try FetchAnswering.answer(request, log: self.log, identity: self.identity)
        }
      ],
      MessageReading.path: ["GET": { (request) async throws(Rejection) in try await self.reading.answer(request) }],
      Receipt.route: ["GET": { (request) async throws(Rejection) in try await self.receipt(request) }],
      KeyRequest.route: [
        "GET": { (request) async throws(Rejection) in try self.outcome(request) },
        "DELETE": { (request) async throws(Rejection) in try await self.seal(request) },
      ],
      "/health": ["GET": { (_) async throws(Rejection) in self.health() }],
      OpenAPIDocument.path: ["GET": { (request) async throws(Rejection) in OpenAPIDocument.answer(request) }],
    ]
    return Router(routes, parameters: Router.queryNames, reject: { self.reject($0, $1) })
  }

  /// This start's epoch and number.
  var mastership: Mastership { state.withLock { $0.master.mastership } }

  // MARK: What the core decides is carried out here, after the lock

  /// More of the master's own log is durable, or it is in trouble, or out of it. Any thread.
  func logChanged() {
    var trouble: LogTrouble?
    var events: [MasterEvent] = []
    let met = failureMet.withLock { met in
      defer { met = nil }
      return met
    }
    resume { state in
      if let met { state.master.storageTrouble(met) { events.append($0) } }
      // Looked at under the lock: of two threads that tell, the one that looked first must not have the last word.
      let durable = log.heldEnd
      trouble = log.trouble
      // A full disk is no reason to refuse what still finds room: the log decides for each message.
      let isRefusing = trouble == .full ? nil : trouble
      state.master.storageTrouble(isRefusing ?? state.startTrouble) { events.append($0) }
      // What can't be read is not counted.
      return durable.map { state.master.stored(through: $0) } ?? []
    }
    tell(events)
    if isFullTold.exchange(trouble == .full) {
      if trouble == .full {
        logger.error("the disk is full: messages are refused until there is space")
      } else {
        logger.notice("the disk is no longer full")
      }
    }
  }

  /// Runs an event of the core and resumes those whose wait it ended.
  func resume(_ event: (inout State) -> [WaiterID]) {
    let (reached, abandoned) = state.withLock { state in
      let reached = event(&state)
      state.master.noteConfirmations(time: Clock.wallMilliseconds)
      let abandoned = state.master.isDeposed ? state.master.stop() : []
      return (
        reached.compactMap { state.waiting.end($0, .confirmed) },
        abandoned.compactMap { state.waiting.end($0, .deposed) }
      )
    }
    for ending in reached { ending(.confirmed) }
    for ending in abandoned { ending(.deposed) }
    reading.gate.look()
    if reading.live.hasNews() { server.withLock { $0 }?.wakeLiveBodies() }
  }

  /// The senders look anew for what is to be sent. Any thread, cheap.
  func wakeSenders() {
    client.wake()
  }

  /// The log has something to tell: it is looked at in the next turn. Any thread, cheap.
  func noteLogChange() {
    if let trouble = log.trouble, case .failing = trouble { failureMet.withLock { $0 = trouble } }
    hasLogChanged.store(true, ordering: .releasing)
    client.wake()
  }

  /// Looks at the log, if it has something to tell.
  func lookAtLog() {
    if hasLogChanged.exchange(false, ordering: .acquiring) { logChanged() }
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
    for ending in ended { ending(.stopping) }
    reading.gate.open()
    let beginning = beginning.withLock { $0 }
    beginning?.cancel()
    await beginning?.value
    async let keysSaved: Void = saveKeysAtStop()
    await server.withLock { $0 }?.stop(grace: stopGrace)
    await client.shutDown()
    await keysSaved
    // The server's handler holds the node: without this a stopped node would never be released.
    server.withLock { $0 = nil }
    logger.info("master stopped")
  }
}
