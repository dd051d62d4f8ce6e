import Glibc

/// A system call that failed in a test's own plumbing.
struct SystemError: Error {
  var reason = String(cString: strerror(errno))
}

enum Sockets {
  /// Closed in the processes that exit tests start: they would keep a connection open that its server has closed.
  static let stream = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

  /// A listening socket on 127.0.0.1 and its port.
  static func listen(backlog: Int32 = 4096) throws -> (fd: Int32, port: UInt16) {
    let fd = socket(AF_INET, stream, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(fd, $0, size) == 0 && Glibc.listen(fd, backlog) == 0 && getsockname(fd, $0, &size) == 0
      }
    }
    guard status else { throw SystemError() }
    return (fd, UInt16(bigEndian: address.sin_port))
  }

  /// A port on which nobody listens: it was free a moment ago.
  static func closedPort() throws -> UInt16 {
    let (fd, port) = try listen()
    close(fd)
    return port
  }

  static func send(_ bytes: [UInt8], to fd: Int32) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[sent...])
        return Glibc.send(fd, rest.baseAddress, rest.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  static func setNoDelay(_ fd: Int32) {
    var on: Int32 = 1
    setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Closes with a reset instead of an orderly end.
  static func reset(_ fd: Int32) {
    var none = linger(l_onoff: 1, l_linger: 0)
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
    close(fd)
  }

  /// The descriptors of this process that are connected to a port of 127.0.0.1.
  static func connected(to port: UInt16) -> [Int32] {
    (0..<1024).filter { fd in
      var address = sockaddr_in()
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(fd, $0, &size) == 0 }
      }
      return isConnected && address.sin_family == AF_INET && address.sin_port == port.bigEndian
    }
  }
}
