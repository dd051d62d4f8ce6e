public import Locking

/// An HTTP/1.1 server: libmicrohttpd on one thread, its own or a host's, a handler for each request, prompt or async, and one
/// thread that looks after clients that hang up while their handler waits, and wakes live bodies. The number of threads does not
/// depend on the number of requests.
///
/// It serves until `stop` has returned, whether or not somebody holds this object. Any thread.
public final class Server: Sendable {
  /// The port it listens on.
  public let port: Int
  private let engine: Engine

  private init(engine: Engine, port: Int) {
    self.engine = engine
    self.port = port
  }

  /// Starts serving the connections of a listening socket, those included that wait in its backlog.
  ///
  /// - Parameters:
  ///   - socket: not used for another server before.
  ///   - limits: what clients may take up.
  ///   - host: whose thread serves, besides what else it does; nil for a thread of the server's own. It has to last until `stop`
  ///     has returned, and the process has to ignore SIGPIPE (`signal(7)`).
  ///   - headersCopied: names of the fields that `Request.header(_:)` finds; others are not kept.
  ///   - refuse: makes the answer to what the server refuses itself, of which only the head is there: the body is empty.
  ///     Called on the server's threads, must not block.
  ///   - prompt: is asked first of all other requests; nil for none.
  ///   - handler: answers what `prompt` leaves, see `Handler`.
  /// - Throws: `startFailed`, when threads, descriptors or memory are used up. The socket is used up too.
  public static func start(
    on socket: ListeningSocket, limits: ServerLimits = ServerLimits(), host: (any LoopHost)? = nil,
    headersCopied: [String] = [],
    refuse: @escaping @Sendable (Refusal, Request) -> Response, prompt: PromptHandler? = nil,
    handler: @escaping Handler
  ) throws(ServerError) -> Server {
    do throws(SystemError) {
      let ledger = Ledger(waker: try Waker())
      let engine = Engine(
        limits: limits, headersCopied: headersCopied, ledger: ledger, loop: try DaemonLoop(host: host), refuse: refuse,
        prompt: prompt, handler: handler)
      let descriptor = socket.take()
      precondition(descriptor >= 0, "the listening socket was used before")
      // Whether the library closed the socket when it does not start depends on how far it came: leave it alone.
      guard engine.loop.open(engine, on: descriptor) else { throw SystemError.last }
      let attendant = Attendant(engine: engine)
      do throws(SystemError) {
        try startThread(named: "http-attendant") { attendant.run() }
        try engine.loop.begin()
      } catch {
        engine.loop.close()
        throw error
      }
      return Server(engine: engine, port: socket.port)
    } catch {
      throw .startFailed(host: socket.host, port: socket.port, reason: error.description)
    }
  }

  /// Connections, exchanges and bytes at this moment.
  public var counts: ServerCounts {
    let bodyBytes = engine.budget.bytesTaken
    return engine.ledger.read { state in
      ServerCounts(
        connections: state.connections, handling: state.handling, waiting: state.waiting.count, bodyBytes: bodyBytes,
        live: state.live)
    }
  }

  /// Asks every live body anew that had nothing to send. Any thread, cheap: it wakes one thread, which does the rest.
  public func wakeLiveBodies() {
    engine.ledger.wakeLive()
  }

  /// Stops serving, and returns when the listening socket and all connections are closed.
  ///
  /// 1. New requests, on old and new connections, are answered with `Refusal.stopping`; answers close their
  ///    connections. Live bodies end.
  /// 2. Handlers may end their exchanges for `grace`, or until none is left.
  /// 3. Those that still wait are cancelled, and have `ServerLimits.cancelGrace` to return.
  /// 4. For those that have not, `Refusal.stoppedWhileHandling` is answered; what they return later is dropped.
  /// 5. When the answers are sent, after `ServerLimits.flushGrace` at most, everything is closed.
  ///
  /// Several calls, also at once, are one stop: each returns at its end, the earliest end of a grace counts.
  ///
  /// - Parameter grace: zero for going on to 3 at once.
  public func stop(grace: Duration) async {
    let graceEnd = Moment.now + grace
    await withCheckedContinuation { engine.ledger.requestStop(graceEnd: graceEnd, caller: $0) }
  }
}
