public import HTTPServer
public import Logging
public import ReplicationCore

/// What both roles need to know.
public struct NodeConfiguration: Sendable {
  /// The address to listen on.
  public var host: String
  /// 0 … 65535; 0 takes a free one.
  public var port: Int
  /// The limits of the HTTP server. A waiting request holds a connection, so `connectionsMax` is above `waitingMax`.
  public var limits: ServerLimits
  /// How long the last exchanges may take when the node stops.
  public var stopGrace: Duration
  /// How many readers may wait at once for what the node doesn't show yet; each holds a connection.
  public var readersWaitingMax: Int
  /// Where log lines go.
  public var logger: Logger

  /// - Parameters:
  ///   - host: the address to listen on.
  ///   - port: 0 … 65535.
  ///   - limits: of the HTTP server.
  ///   - stopGrace: for the last exchanges.
  ///   - readersWaitingMax: 0 or more.
  ///   - logger: for the log lines.
  public init(
    host: String, port: Int, limits: ServerLimits = ServerLimits(), stopGrace: Duration = .seconds(2),
    readersWaitingMax: Int = 1_000, logger: Logger
  ) {
    self.host = host
    self.port = port
    self.limits = limits
    self.stopGrace = stopGrace
    self.readersWaitingMax = readersWaitingMax
    self.logger = logger
  }

  /// The node's own URL, with an IPv6 address in brackets (RFC 3986, 3.2.2).
  /// - Parameter port: the one it listens on, which may not be the configured one.
  func url(port: Int) -> String {
    let isBareIPv6 = host.contains(":") && !host.hasPrefix("[")
    return isBareIPv6 ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
  }
}

/// What a master needs to know besides.
public struct MasterConfiguration: Sendable {
  /// The URLs of the followers, `http://host:port`, none twice.
  public var followers: [String]
  /// Where clients reach this master, as followers tell them; nil for `http://host:port`.
  public var advertisedURL: String?
  /// The intervals and limits of replication.
  public var settings: ReplicationSettings
  /// How long a starting master waits for its followers to say which epochs they have seen.
  public var handshakeTimeout: Duration

  /// - Parameters:
  ///   - followers: the URLs of the followers.
  ///   - advertisedURL: where clients reach this master.
  ///   - settings: the intervals and limits of replication.
  ///   - handshakeTimeout: for the followers' first answers.
  public init(
    followers: [String], advertisedURL: String? = nil, settings: ReplicationSettings = ReplicationSettings(),
    handshakeTimeout: Duration = .seconds(2)
  ) {
    self.followers = followers
    self.advertisedURL = advertisedURL
    self.settings = settings
    self.handshakeTimeout = handshakeTimeout
  }
}

/// What a follower needs to know besides.
public struct FollowerConfiguration: Sendable {
  /// How late new entries are stored, 0 or more: it emulates a slow replica.
  public var delay: Interval
  /// How many bytes of entries that came before their predecessors are kept in memory.
  public var gapBytesMax: Int
  /// How many bytes of requests may wait for the delay at once; at least one request of the longest allowed.
  public var delayedBytesMax: Int

  /// - Parameters:
  ///   - delay: how late new entries are stored.
  ///   - gapBytesMax: for entries that come early.
  ///   - delayedBytesMax: for requests that wait for the delay.
  public init(delay: Interval = .zero, gapBytesMax: Int = 64 << 20, delayedBytesMax: Int = 256 << 20) {
    self.delay = delay
    self.gapBytesMax = gapBytesMax
    self.delayedBytesMax = delayedBytesMax
  }
}
