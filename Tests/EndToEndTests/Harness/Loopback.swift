import Glibc

/// The few socket calls that raw clients and the fault proxy need, on 127.0.0.1 only.
enum Loopback {
  /// A call that failed, with the system's words.
  struct Failure: Error, CustomStringConvertible {
    let description: String

    /// - Parameter call: the function whose `errno` is told.
    init(_ call: String) {
      description = "\(call): \(String(cString: strerror(errno)))"
    }
  }

  /// A socket bound to a port and not listening: the port is refused to clients, and given to nobody else.
  ///
  /// - Parameter port: 0 for a free one.
  static func bound(to port: Int) throws(Failure) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Failure("socket") }
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    guard withAddress(port: port, { bind(descriptor, $0, $1) }) == 0 else {
      defer { close(descriptor) }
      throw Failure("bind")
    }
    return descriptor
  }

  /// The port of a bound or connected socket.
  static func port(of descriptor: Int32) -> Int {
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// A connection to a port; blocks for the moment that loopback takes.
  static func connected(to port: Int) throws(Failure) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Failure("socket") }
    setNoDelay(descriptor)
    guard withAddress(port: port, { connect(descriptor, $0, $1) }) == 0 else {
      defer { close(descriptor) }
      throw Failure("connect")
    }
    return descriptor
  }

  static func setNoDelay(_ descriptor: Int32) {
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Sends what can be sent.
  /// - Returns: how many bytes left; 0 when `MSG_DONTWAIT` is given and there is no room; nil when the other side is gone.
  static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, flags: Int32 = 0) -> Int? {
    let count = bytes.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress, $0.count, flags | Int32(MSG_NOSIGNAL))
    }
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }

  /// What a socket has to say.
  enum Received {
    case bytes([UInt8])
    case nothingYet
    case end
    case reset
  }

  static func receive(from descriptor: Int32, flags: Int32 = 0) -> Received {
    var code: Int32 = 0
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: 256 << 10) { buffer, filled in
      count = recv(descriptor, buffer.baseAddress, buffer.count, flags)
      code = errno
      filled = max(0, count)
    }
    if count > 0 { return .bytes(bytes) }
    if count == 0 { return .end }
    return code == EAGAIN || code == EINTR ? .nothingYet : .reset
  }

  private static func withAddress(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
