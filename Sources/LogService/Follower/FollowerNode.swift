public import HTTPServer
import JSON
import Locking
import Logging
public import ReplicationCore

/// A follower: stores what its master sends, in the master's order, and shows what it holds.
public final class FollowerNode: Node {
  let log: any Log
  let logger: Logger
  let delay: Interval
  let nodeID: NodeID
  /// The one lock of the node: around the core and the log's appends.
  let state: Locked<Follower>
  /// How many bytes of requests wait for the delay.
  let delayedBytes = Locked(0)
  let delayedBytesMax: Int
  let gate: DurabilityGate
  /// `GET /messages`.
  let reading: MessageReading
  /// The last that the master said; nil before the first contact of this process.
  let masterWord = Locked<MasterWord?>(nil)
  private let troubleTold = Told<LogTrouble?>(nil)
  private let healing = Locked<Task<Void, Never>?>(nil)
  private let server: Locked<Server?> = Locked(nil)
  private let stopGrace: Duration
  /// The port it listens on.
  public let port: Int
  /// Where it is reached, for people.
  let url: String

  /// Binds the port and begins to answer.
  ///
  /// - Parameters:
  ///   - node: what both roles need.
  ///   - configuration: what a follower needs.
  ///   - socket: bound already; nil to bind the configured address.
  ///   - log: with what it held before; the caller closes it after the stop.
  ///   - nodeID: which node it is.
  /// - Throws: `ServerError` if the address can't be listened on.
  public static func start(
    _ node: NodeConfiguration, _ configuration: FollowerConfiguration, on socket: ListeningSocket? = nil, log: any Log,
    nodeID: NodeID
  ) throws -> FollowerNode {
    let socket = try socket ?? ListeningSocket.bind(host: node.host, port: node.port)
    let follower = FollowerNode(node, configuration, log: log, nodeID: nodeID, port: socket.port)
    try follower.begin(on: socket, node)
    return follower
  }

  private init(
    _ node: NodeConfiguration, _ configuration: FollowerConfiguration, log: any Log, nodeID: NodeID, port: Int
  ) {
    self.log = log
    self.port = port
    url = node.url(port: port)
    logger = node.logger
    delay = configuration.delay
    delayedBytesMax = configuration.delayedBytesMax
    gate = DurabilityGate(log: log)
    reading = MessageReading(log: log, waitingMax: node.readersWaitingMax) { log.commitKnown }
    stopGrace = node.stopGrace
    self.nodeID = nodeID
    let identity = NodeIdentity(node: nodeID, incarnation: UInt64.random(in: 0...UInt64.max))
    state = Locked(Follower(identity: identity, delay: delay, gapBytesMax: configuration.gapBytesMax, log: log))
  }

  private func begin(on socket: ListeningSocket, _ node: NodeConfiguration) throws {
    log.observe { [weak self] in self?.logChanged() }
    recoverFromDamage()
    // It may be damaged still, and then somebody must go on trying.
    logChanged()
    let server = try Server.start(
      on: socket, limits: node.limits,
      headersCopied: MessageReading.headersRead + AddRequest.headersRead + ["Content-Type"],
      refuse: { [weak self] refusal, request in
        let rejection = Rejection.refused(refusal)
        return self?.reject(rejection, request) ?? rejection.response
      },
      prompt: { [self] in answerPromptly($0, $1) ?? reading.answerPromptly($0, standing: standing) },
      handler: router.respond)
    self.server.withLock { $0 = server }
    logger.info(
      "follower started",
      metadata: [
        "url": "\(url)", "delay_s": "\(Double(delay.milliseconds) / 1000)",
        "node_id": "\(nodeID)", "last": "\(log.end.last)",
      ])
  }

  /// More is durable, or the log is in trouble, or out of it. Any thread.
  private func logChanged() {
    gate.look()
    reading.gate.look()
    wakeFollowing()
    let trouble = log.trouble
    guard troubleTold.exchange(trouble) else { return }
    if let trouble {
      logger.error("the log is in trouble", metadata: ["reason": "\(trouble)"])
    } else {
      logger.notice("the log is out of trouble", metadata: ["last": "\(log.end.last)"])
    }
    // Setting damage aside waits for the disk, and for the thread that called.
    if case .damaged = trouble { healing.withLock { $0 = Task.detached { [weak self] in await self?.heal() } } }
  }

  /// Those who follow the log look at it anew. Any thread, cheap where nobody does.
  func wakeFollowing() {
    if reading.live.hasNews() { server.withLock { $0 }?.wakeLiveBodies() }
  }

  /// What is damaged is set aside, and the master fills it again; tried until the disk lets it.
  private func heal() async {
    while !Task.isCancelled, case .damaged = log.trouble {
      recoverFromDamage()
      guard case .damaged = log.trouble, (try? await Task.sleep(for: .seconds(1))) != nil else { return }
    }
  }

  private func recoverFromDamage() {
    guard case .damaged = log.trouble else { return }
    let incarnation = UInt64.random(in: 0...UInt64.max)
    _ = react { $0.recoverFromDamage(log: log, newIncarnation: incarnation, tell: $1) }
  }

  /// What it answers to whom.
  var router: Router {
    let routes: [String: [String: Router.RouteHandler]] = [
      RefusedAdd.path: ["POST": { (request) async throws(Rejection) in try self.add(request) }],
      Self.replicatePath: ["POST": { (request) async throws(Rejection) in try await self.replicate(request) }],
      "/fetch": [
        "POST": { (request) async throws(Rejection) in
          try FetchAnswering.answer(request, log: self.log, identity: self.state.withLock(\.identity))
        }
      ],
      MessageReading.path: [
        "GET": { (request) async throws(Rejection) in
          try await self.reading.answer(request, standing: self.standing)
        }
      ],
      Receipt.route: ["GET": { (request) async throws(Rejection) in try self.receipt(request) }],
      KeyRequest.route: [
        "GET": { (request) async throws(Rejection) in throw try self.keysAreTheMasters(request) },
        "DELETE": { (request) async throws(Rejection) in throw try self.keysAreTheMasters(request) },
      ],
      "/health": ["GET": { (_) async throws(Rejection) in self.health() }],
      OpenAPIDocument.path: ["GET": { (request) async throws(Rejection) in OpenAPIDocument.answer(request) }],
    ]
    return Router(routes, parameters: Router.queryNames, reject: { self.reject($0, $1) })
  }

  /// How far behind its master it is, in the head of an answer; nothing before the first contact.
  private func standing() -> [Header] {
    let word = masterWord.withLock { $0 }
    return word?.headers(durable: log.end.durable, now: Clock.now) ?? []
  }

  /// `GET /health`.
  private func health() -> Response {
    let end = log.end
    let (promise, master) = state.withLock { ($0.promise, $0.masterURL) }
    return Envelope.response(
      200, "Health fetched successfully",
      data: .members([
        "role": .string("follower"),
        "node_id": .string("\(nodeID)"),
        "epoch": .number(promise?.epoch.rawValue ?? 0),
        "last_offset": .number(end.durable.rawValue),
        "commit_offset": .number(log.commitKnown.rawValue),
        "read_only": .null,
        "master": master.map { .string($0) } ?? .null,
        "delay_ms": .number(UInt64(delay.milliseconds)),
        "version": .string(Version.current),
      ]).with(StorageHealth.members(log)))
  }

  /// Stops the node: see `Node.stop`.
  public func stop() async {
    logger.info("follower stopping")
    gate.open()
    reading.gate.open()
    healing.withLock { $0 }?.cancel()
    await server.withLock { $0 }?.stop(grace: stopGrace)
    // The server's handler holds the node: without this a stopped node would never be released.
    server.withLock { $0 = nil }
    logger.info("follower stopped")
  }
}
