/// The limits of a server; each has one that fits most.
public struct ServerLimits: Sendable {
  /// The longest body of one request in bytes, 0 or more. A longer one is refused: at once when its `Content-Length`
  /// says so (the connection closes), else at its end; past twice the limit the connection is cut.
  public var bodyBytesMax = 16 << 20
  /// All bodies being received together in bytes, 0 or more. Counted are bytes that have really come, from their
  /// arrival until the handler starts (it owns them then) or the exchange ends.
  public var bodiesBytesTotalMax = 256 << 20
  /// Connections at a time, 1 or more; further ones wait in the listening socket's backlog.
  public var connectionsMax = 10_000
  /// Memory of one connection for the head of its request and for what is being sent, in bytes, 2048 or more. A head that
  /// leaves less than `answerHeadBytes` of it is refused; one that doesn't fit is answered 431 by libmicrohttpd itself. A body
  /// is read by up to half of it at a time, and all of it and a half is cleared for each request: more of it suits few clients
  /// with large bodies, less of it many with small ones.
  public var connectionMemoryBytes = 16 << 10
  /// What is left free of a connection's memory for the head of the answer.
  static let answerHeadBytes = 1 << 10
  /// Seconds after which a connection closes when no byte moves; 0 for never. Handlers that wait do not count.
  public var idleTimeoutSeconds = 30
  /// How long one that waits for its answer is held, which makes the library ask for it in each turn of the loop; after that its
  /// connection is suspended, which costs two system calls and nothing more. Zero for at once; below the idle time.
  public var holdMax = Duration.milliseconds(10)
  /// Live bodies (`Body.live`) at a time, 0 or more. Each holds a connection and at most one piece.
  public var liveMax = 1500
  /// How often the clients of waiting handlers and of live bodies that have nothing to send are looked at. One that hung up is
  /// noticed within this time. A client that closes only its sending side (a half-close) counts as having hung up.
  public var hangUpCheckInterval = Duration.seconds(1)
  /// In a stop: how long handlers that were cancelled may take until they are answered for.
  public var cancelGrace = Duration.milliseconds(250)
  /// In a stop: how long the last answers may take to be sent.
  public var flushGrace = Duration.seconds(1)

  /// The default limits.
  public init() {}
}
