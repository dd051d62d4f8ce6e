import HTTPClient
import Locking

extension NodeClient {
  /// Adds messages with several clients at a time, each of which waits for its answer before the next.
  ///
  /// - Parameters:
  ///   - texts: the messages.
  ///   - writeConcern: of each.
  ///   - clients: how many clients.
  /// - Throws: ``HarnessError`` at the first answer that is not 200, ``ClientError`` when there is none.
  func addAll(_ texts: [String], w writeConcern: Int, clients: Int = 32) async throws {
    let next = Locked(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<clients {
        group.addTask {
          while let text = next.withLock({ next in
            defer { next += 1 }
            return next < texts.count ? texts[next] : nil
          }) {
            let answer = try await add(text, w: writeConcern)
            guard answer.status == 200 else { throw HarnessError("add answered \(answer.text)") }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Adds messages with write concern 1 over connections on which requests follow each other without waiting for the answers:
  /// "client c number n", in order for each client.
  ///
  /// - Parameters:
  ///   - count: how many messages.
  ///   - clients: how many connections; `count` is a multiple of it.
  /// - Throws: ``HarnessError`` at an answer that is not 200.
  func addPipelined(_ count: Int, clients: Int) async throws {
    guard let port = url.split(separator: ":").last.flatMap({ Int($0) }) else { throw HarnessError("no port: \(url)") }
    let each = count / clients
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<clients {
        group.addTask {
          let socket = try RawSocket(port: port)
          for begin in stride(from: 0, to: each, by: 500) {
            let block = begin..<min(begin + 500, each)
            try await socket.send(block.flatMap { RawSocket.add("client \(client) number \($0)", w: 1) })
            for _ in block {
              guard try await socket.answer().status == 200 else { throw HarnessError("add failed") }
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// `last_offset` of `GET /health`: how many messages the node holds.
  func lastOffset() async throws -> Int {
    guard let offset = try await health()["last_offset"]?.int else { throw HarnessError("no last_offset") }
    return offset
  }
}
