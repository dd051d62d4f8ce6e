import Glibc
import Locking

/// A bound TCP socket that listens: connections wait in its backlog until a server is started on it.
///
/// Binding comes apart from starting so that an address in use is found first, before anything else is set up. Any
/// thread. One that no server took closes when it is released.
public final class ListeningSocket: Sendable {
  /// The host that was asked for.
  public let host: String
  /// The port it listens on: the one that was asked for, or the one that was free.
  public let port: Int
  /// -1 once a server took it.
  private let descriptor: Locked<Int32>

  private init(host: String, port: Int, descriptor: Int32) {
    self.host = host
    self.port = port
    self.descriptor = Locked(descriptor)
  }

  deinit {
    let descriptor = take()
    if descriptor >= 0 { close(descriptor) }
  }

  /// Binds and listens, with `SO_REUSEADDR`. Of a host's addresses IPv4 ones are tried first; `::` takes IPv4 clients
  /// too. Blocks while a name is resolved.
  ///
  /// - Parameters:
  ///   - host: an IPv4 or IPv6 address (brackets allowed) or a name.
  ///   - port: 0 to 65535; 0 takes a free one.
  ///   - backlog: how many connections may wait to be accepted; the kernel caps it (`listen(2)`).
  /// - Throws: `addressInUse`, `hostUnresolvable` or `listenFailed`.
  public static func bind(host: String, port: Int, backlog: Int = 1024) throws(ServerError) -> ListeningSocket {
    guard (0...65535).contains(port) else {
      throw .listenFailed(host: host, port: port, reason: "a port is a number from 0 to 65535")
    }
    var failure = ServerError.hostUnresolvable(host: host, port: port, reason: "no address")
    for address in try SocketAddress.resolve(host: host, port: port) {
      switch listen(on: address, backlog: backlog) {
      case .success(let descriptor):
        return ListeningSocket(host: host, port: boundPort(of: descriptor), descriptor: descriptor)
      case .failure(let error) where error.code == EADDRINUSE:
        // Not the next address: a free ::1 must not hide that 127.0.0.1 is taken.
        throw .addressInUse(host: host, port: port)
      case .failure(let error):
        failure = .listenFailed(host: host, port: port, reason: error.description)
      }
    }
    throw failure
  }

  /// Hands the descriptor over, once; -1 from then on.
  func take() -> Int32 {
    descriptor.withLock { descriptor in
      defer { descriptor = -1 }
      return descriptor
    }
  }

  private static func listen(on address: SocketAddress, backlog: Int) -> Result<Int32, SystemError> {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, type, 0)
    guard descriptor >= 0 else { return .failure(SystemError.last) }
    set(SO_REUSEADDR, of: SOL_SOCKET, to: 1, on: descriptor)
    if address.family == AF_INET6 { set(IPV6_V6ONLY, of: Int32(IPPROTO_IPV6), to: 0, on: descriptor) }
    guard address.withPointer({ Glibc.bind(descriptor, $0, $1) }) == 0,
      Glibc.listen(descriptor, Int32(clamping: backlog)) == 0
    else {
      let error = SystemError.last
      close(descriptor)
      return .failure(error)
    }
    return .success(descriptor)
  }

  private static func set(_ option: Int32, of level: Int32, to value: Int32, on descriptor: Int32) {
    var value = value
    _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  private static func boundPort(of descriptor: Int32) -> Int {
    var address = SocketAddress()
    _ = address.withMutablePointer { getsockname(descriptor, $0, $1) }
    return address.port
  }
}
