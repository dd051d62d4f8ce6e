import Glibc
import Locking

/// Ports that nobody listens on, for nodes that are started later or again on the same port.
///
/// They lie below the range from which the system takes ports of outgoing connections: there a connection attempt to a
/// dead node could meet itself, or take the node's port while it is away.
enum FreePort {
  private static let ports = 10_000..<30_000
  private static let next = Locked(Int(getpid()) * 97 % 20_000)

  /// A port that is free now and was given to nobody else in this process.
  static func take() throws -> Int {
    for _ in ports {
      let place = next.withLock { next in
        next = (next + 1) % ports.count
        return next
      }
      let port = ports.lowerBound + place
      if isFree(port) { return port }
    }
    throw HarnessError("no free port")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
