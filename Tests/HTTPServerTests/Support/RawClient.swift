import Glibc

/// A blocking TCP connection to a server under test: what is sent is sent byte for byte.
final class RawClient {
  enum Failure: Error {
    case notConnected(Int32)
    case sendFailed(Int32)
    /// Nothing came for the time allowed.
    case silence
    case reset
    case closedEarly([UInt8])
    case notHTTP([UInt8])
  }

  private var descriptor: Int32
  private var buffer: [UInt8] = []

  init(port: Int, family: Int32 = AF_INET, receiveSeconds: Int = 10) throws {
    descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    var timeout = timeval(tv_sec: receiveSeconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    let status = family == AF_INET ? connect4(port) : connect6(port)
    guard status == 0 else {
      let code = errno
      close()
      throw Failure.notConnected(code)
    }
  }

  deinit {
    close()
  }

  func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  /// Closes with a reset, as the system of a process that died does.
  func breakOff() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    close()
  }

  func closeSendingSide() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  func send(_ text: String) throws {
    try send(Array(text.utf8))
  }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure.sendFailed(errno) }
      sent += count
    }
  }

  /// Sent bytes that the server's side does not have yet.
  var unsentBytes: Int {
    var count: Int32 = 0
    // SIOCOUTQ, tcp(7).
    return ioctl(descriptor, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : -1
  }

  /// The next answer; one to `HEAD` has no body whatever its fields say.
  func receive(toHead: Bool = false) throws -> RawResponse {
    var response = try RawResponse(head: takeHead())
    if toHead || response.status < 200 { return response }
    if response.field("transfer-encoding") == "chunked" {
      response.body = try receiveChunks()
    } else if let length = response.field("content-length").flatMap({ Int($0) }) {
      response.body = try take(length)
    } else {
      response.body = try receiveToEnd()
    }
    return response
  }

  /// The head of the next answer alone.
  func receiveHead() throws -> RawResponse {
    try RawResponse(head: takeHead())
  }

  /// The next chunk of a body whose head was received; empty: the last.
  func receiveChunk() throws -> String {
    String(decoding: try takeChunk(), as: UTF8.self)
  }

  /// The next chunks up to the last.
  func receiveChunks() throws -> [UInt8] {
    try receiveChunks(bytes: .max)
  }

  /// The next chunks up to the last, or until they have `bytes` together.
  func receiveChunks(bytes: Int) throws -> [UInt8] {
    var body: [UInt8] = []
    while body.count < bytes {
      let chunk = try takeChunk()
      if chunk.isEmpty { break }
      body += chunk
    }
    return body
  }

  /// Everything up to the server's orderly close.
  func receiveToEnd() throws -> [UInt8] {
    while try fill() {}
    defer { buffer = [] }
    return buffer
  }

  /// Whether the server closes (or resets) the connection, with nothing sent before.
  func isClosed() throws -> Bool {
    do { return try receiveToEnd().isEmpty } catch Failure.reset { return true }
  }

  private func takeHead() throws -> [UInt8] {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let range = buffer.firstRange(of: end) {
        defer { buffer.removeSubrange(..<range.upperBound) }
        return Array(buffer[..<range.lowerBound])
      }
      guard try fill() else { throw Failure.closedEarly(buffer) }
    }
  }

  private func takeChunk() throws -> [UInt8] {
    while buffer.firstRange(of: [13, 10]) == nil {
      guard try fill() else { throw Failure.closedEarly(buffer) }
    }
    guard let line = buffer.firstRange(of: [13, 10]),
      let size = Int(String(decoding: buffer[..<line.lowerBound], as: UTF8.self), radix: 16)
    else { throw Failure.notHTTP(buffer) }
    buffer.removeSubrange(..<line.upperBound)
    return try take(size + 2).dropLast(2)
  }

  private func take(_ count: Int) throws -> [UInt8] {
    while buffer.count < count {
      guard try fill() else { throw Failure.closedEarly(buffer) }
    }
    defer { buffer.removeSubrange(..<count) }
    return Array(buffer[..<count])
  }

  /// False at the end of the stream.
  private func fill() throws -> Bool {
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &piece, piece.count, 0)
    if count < 0 {
      if errno == EAGAIN { throw Failure.silence }
      throw Failure.reset
    }
    buffer += piece[..<count]
    return count > 0
  }

  private func connect4(_ port: Int) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  private func connect6(_ port: Int) -> Int32 {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = in_port_t(port).bigEndian
    address.sin6_addr = in6addr_loopback
    return withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
      }
    }
  }
}
