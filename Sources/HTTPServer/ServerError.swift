/// Why a server could not be started. Its description is one line that names host and port.
public enum ServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Another socket listens there already.
  case addressInUse(host: String, port: Int)
  /// The host has no address; `reason` is the resolver's.
  case hostUnresolvable(host: String, port: Int, reason: String)
  /// Anything else on the way to a listening socket: no permission, an address of another machine, a port out of range.
  case listenFailed(host: String, port: Int, reason: String)
  /// The socket listens, but libmicrohttpd or a thread did not start.
  case startFailed(host: String, port: Int, reason: String)

  /// One line for people.
  public var description: String {
    switch self {
    case .addressInUse(let host, let port):
      "cannot listen on \(host) port \(port): the address is in use"
    case .hostUnresolvable(let host, let port, let reason):
      "cannot listen on \(host) port \(port): the host does not resolve (\(reason))"
    case .listenFailed(let host, let port, let reason):
      "cannot listen on \(host) port \(port): \(reason)"
    case .startFailed(let host, let port, let reason):
      "cannot serve on \(host) port \(port): \(reason)"
    }
  }
}
