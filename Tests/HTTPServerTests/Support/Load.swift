import Locking

/// One thread of clients of every kind, until it is told to end or nobody listens any more.
final class Load: Sendable {
  private static let paths = ["/now", "/detached", "/wait", "/stubborn", "/now", "/detached"]
  private let done = Gate()

  init(port: Int, number: Int, isOver: Locked<Bool>, statuses: Locked<[Int: Int]>) {
    let done = done
    detachThread {
      var waiting: [RawClient] = []
      var round = number
      while !isOver.withLock({ $0 }), let client = try? RawClient(port: port) {
        round += 1
        let path = Self.paths[round % Self.paths.count]
        let request = "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        guard (try? client.send(request)) != nil else { continue }
        if path == "/wait" || path == "/stubborn" {
          waiting.append(client)
          // Some of those that wait hang up.
          if waiting.count > 30 { waiting.remove(at: round % 30).close() }
        } else {
          Self.count(client, in: statuses)
        }
      }
      for client in waiting { Self.count(client, in: statuses) }
      done.open()
    }
  }

  /// Returns when the thread has ended.
  func end() async {
    _ = await done.pass()
  }

  private static func count(_ client: RawClient, in statuses: Locked<[Int: Int]>) {
    guard let status = try? client.receive().status else { return }
    statuses.withLock { $0[status, default: 0] += 1 }
  }
}
