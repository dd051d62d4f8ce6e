import Foundation
import Glibc

/// A TCP connection to a node: what is sent is sent byte for byte, the wrong things too. Blocks no thread.
final class RawSocket {
  enum Failure: Error {
    /// Nothing came, or nothing left, for the time allowed.
    case silence
    /// The other side closed in the middle of an answer; what came of it.
    case closed(String)
    case reset
  }

  private(set) var descriptor: Int32
  private var reader = HTTPReader()

  /// - Parameter port: on 127.0.0.1.
  init(port: Int) throws {
    descriptor = try Loopback.connected(to: port)
  }

  deinit { close() }

  func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  /// Closes with a reset instead of an orderly end.
  func reset() {
    var none = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &none, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Sends all of it.
  func send(_ text: String, within: Duration = .seconds(10)) async throws {
    try await send(Array(text.utf8), within: within)
  }

  /// Sends all of it.
  func send(_ bytes: [UInt8], within: Duration = .seconds(10)) async throws {
    let deadline = ContinuousClock.now + within
    var sent = 0
    while sent < bytes.count {
      guard let count = Loopback.send(bytes[sent...], to: descriptor, flags: Int32(MSG_DONTWAIT)) else {
        throw Failure.reset
      }
      sent += count
      if count == 0 { try await rest(until: deadline) }
    }
  }

  /// The next answer.
  /// - Parameter toHead: whether it answers `HEAD`, and so has no body whatever its fields say.
  func answer(toHead: Bool = false, within: Duration = .seconds(10)) async throws -> HTTPMessage {
    let deadline = ContinuousClock.now + within
    while true {
      if let message = reader.next(hasBody: !toHead) { return message }
      switch Loopback.receive(from: descriptor, flags: Int32(MSG_DONTWAIT)) {
      case .bytes(let bytes): reader.append(bytes)
      case .nothingYet: try await rest(until: deadline)
      case .end: throw Failure.closed(String(decoding: reader.rest, as: UTF8.self))
      case .reset: throw Failure.reset
      }
    }
  }

  /// All that comes until the other side closes or resets the connection, unread so far.
  func bytesToTheEnd(within: Duration = .seconds(10)) async throws -> Data {
    let deadline = ContinuousClock.now + within
    var all = Data()
    while true {
      switch Loopback.receive(from: descriptor, flags: Int32(MSG_DONTWAIT)) {
      case .bytes(let bytes): all.append(contentsOf: bytes)
      case .nothingYet: try await rest(until: deadline)
      case .end, .reset: return all
      }
    }
  }

  /// Waits until the other side closes or resets the connection.
  /// - Returns: what it sent before.
  func end(within: Duration = .seconds(10)) async throws -> String {
    let deadline = ContinuousClock.now + within
    while true {
      switch Loopback.receive(from: descriptor, flags: Int32(MSG_DONTWAIT)) {
      case .bytes(let bytes): reader.append(bytes)
      case .nothingYet: try await rest(until: deadline)
      case .end, .reset: return String(decoding: reader.rest, as: UTF8.self)
      }
    }
  }

  /// Whether nothing has come and the connection is open.
  var isQuiet: Bool {
    if case .nothingYet = Loopback.receive(from: descriptor, flags: Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) {
      return true
    }
    return false
  }

  private func rest(until deadline: ContinuousClock.Instant) async throws {
    guard ContinuousClock.now < deadline else { throw Failure.silence }
    try await Task.sleep(for: .milliseconds(1))
  }
}
