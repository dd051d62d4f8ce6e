import Foundation
import Glibc

/// What is done about each request, on the thread of its connection.
extension FaultProxy {
  /// - Returns: whether the connection goes on.
  func carryOut(_ request: HTTPMessage, from master: Int32, with follower: inout Int32) -> Bool {
    let (fault, era) = read {
      let isHit =
        switch target {
        case .everything: true
        case .batches: Self.isBatch(request)
        case .posts: request.firstLine.hasPrefix("POST ")
        }
      let chosen = isHit ? self.fault : .pass
      if chosen != .pass { hits += 1 }
      return (chosen, releases)
    }
    switch fault {
    case .refuse: return false
    case .errorBefore: return send(Self.error, to: master)
    case .blackHole:
      waitWhile { self.fault == .blackHole }
      return false
    case .deliverLate:
      deliverLater(request)
      return false
    case .deliverTwice: _ = forward(request, on: &follower)
    case .pass, .errorAfter, .loseAnswer, .swallowAnswer, .holdAnswer: break
    }
    guard let answer = forward(request, on: &follower) else { return false }
    switch fault {
    case .errorAfter: return send(Self.error, to: master)
    case .loseAnswer: return false
    case .swallowAnswer:
      waitWhile { self.fault == .swallowAnswer }
      return false
    case .holdAnswer:
      let count = Self.isBatch(request) ? 1 : 0
      read { heldBatches += count }
      waitWhile { self.releases == era }
      read { heldBatches -= count }
    case .pass, .errorBefore, .blackHole, .refuse, .deliverLate, .deliverTwice: break
    }
    return send(answer, to: master)
  }

  /// On a thread and a connection of its own; nobody hears the answer.
  private func deliverLater(_ request: HTTPMessage) {
    // This wait is the fault itself.
    let delay = TimeInterval.random(in: 0.01...0.3)
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: delay)
      var follower: Int32 = -1
      _ = self.forward(request, on: &follower)
      if follower >= 0 { close(follower) }
    }
  }

  private func waitWhile(_ holds: () -> Bool) {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, holds() { condition.wait() }
  }

  /// A kept connection to the follower may have died with it: the master is told by a closed connection, as it would be
  /// without a proxy.
  private func forward(_ request: HTTPMessage, on follower: inout Int32) -> [UInt8]? {
    if follower < 0 { follower = (try? Loopback.connected(to: followerPort)) ?? -1 }
    var reader = HTTPReader()
    if follower >= 0, send(request.encoded, to: follower), let answer = Self.receive(from: follower, &reader) {
      return answer.encoded
    }
    if follower >= 0 { close(follower) }
    follower = -1
    return nil
  }

  private func send(_ bytes: [UInt8], to socket: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      guard let count = Loopback.send(bytes[sent...], to: socket) else { return false }
      sent += count
    }
    return true
  }

  static func receive(from socket: Int32, _ reader: inout HTTPReader) -> HTTPMessage? {
    while true {
      if let message = reader.next() { return message }
      switch Loopback.receive(from: socket) {
      case .bytes(let bytes): reader.append(bytes)
      case .nothingYet: continue
      case .end, .reset: return nil
      }
    }
  }

  /// The number of entries stands at byte 72 of the dense form: Sources/ReplicationCore/Wire/ReplicateRequest.swift.
  private static func isBatch(_ request: HTTPMessage) -> Bool {
    request.body.count > 80 && request.body[72..<80].contains { $0 != 0 }
  }

  private static let error = Array("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n".utf8)
}
