import Dispatch
import Glibc
import Locking

/// A small HTTP server on 127.0.0.1 that does as it is told, the wrong things too. One thread, raw sockets.
final class TestServer: Sendable {
  /// One request as it came.
  struct Received: Sendable {
    /// Which connection, counted from 1, and which request on it, counted from 1.
    var connection: Int
    var indexOnConnection: Int
    var method: String
    var target: String
    var headers: [String: String]
    var body: [UInt8]
  }

  /// What the server does about a request.
  enum Answer: Sendable {
    case reply(status: Int = 200, headers: [String] = [], body: [UInt8] = [])
    /// A reply, after which the server closes the kept connection.
    case replyThenClose
    /// Exactly these bytes; nothing else until the client leaves.
    case raw(String)
    /// These bytes, then a reset.
    case rawThenReset(String)
    /// These bytes, then an orderly end.
    case rawThenClose(String)
    /// Nothing, until the client leaves or ``releaseHeld()`` is called.
    case hold
  }

  private struct Connection {
    var number: Int
    var requestCount = 0
    var input: [UInt8] = []
    var isHeld = false
  }

  struct Facts: Sendable {
    var connectionsAccepted = 0
    /// Connections that the client closed or reset.
    var connectionsLeft = 0
    var requests: [Received] = []
  }

  let port: UInt16
  private let facts = Locked(Facts())
  private let listener: Int32
  private let commands: (read: Int32, write: Int32)
  private let answer: @Sendable (Received) -> Answer

  /// What has happened so far.
  var seen: Facts { facts.withLock { $0 } }

  func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

  init(_ answer: @escaping @Sendable (Received) -> Answer) throws {
    self.answer = answer
    (listener, port) = try Sockets.listen()
    var pipe: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Sockets.stream, 0, &pipe) == 0 else { throw SystemError() }
    commands = (pipe[0], pipe[1])
    DispatchQueue(label: "TestServer").async { self.serve() }
  }

  /// Answers 200 to all that is held.
  func releaseHeld() { command("r") }

  /// As a process that is killed: nobody listens any more, and all connections break.
  func die() { command("d") }

  /// Ends the server; its connections are closed.
  func stop() { command("s") }

  private func command(_ letter: Character) {
    var byte = letter.asciiValue ?? 0
    write(commands.write, &byte, 1)
  }

  private func serve() {
    var connections: [Int32: Connection] = [:]
    var isListening = true
    while true {
      var polled = (isListening ? [listener] : []) + [commands.read] + connections.keys
      var entries = polled.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      poll(&entries, nfds_t(entries.count), -1)
      polled = entries.filter { $0.revents != 0 }.map(\.fd)
      for fd in polled {
        if fd == listener {
          accept(into: &connections)
        } else if fd == commands.read {
          var byte: UInt8 = 0
          read(fd, &byte, 1)
          let isEnd = byte == Character("s").asciiValue
          if isEnd || byte == Character("d").asciiValue {
            if isListening { close(listener) }
            isListening = false
            for fd in connections.keys { close(fd) }
            connections = [:]
          }
          if isEnd {
            for fd in [commands.read, commands.write] { close(fd) }
            return
          }
          for fd in connections.keys where connections[fd]?.isHeld == true {
            connections[fd]?.isHeld = false
            Sockets.send(Self.encode(status: 200, headers: [], body: []), to: fd)
          }
        } else {
          readable(fd, &connections)
        }
      }
    }
  }

  private func accept(into connections: inout [Int32: Connection]) {
    let fd = Glibc.accept(listener, nil, nil)
    guard fd >= 0 else { return }
    _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
    Sockets.setNoDelay(fd)
    let number = facts.withLock { facts in
      facts.connectionsAccepted += 1
      return facts.connectionsAccepted
    }
    connections[fd] = Connection(number: number)
  }

  private func readable(_ fd: Int32, _ connections: inout [Int32: Connection]) {
    guard var connection = connections[fd] else { return }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(fd, &buffer, buffer.count, 0)
    guard count > 0 else {
      close(fd)
      connections[fd] = nil
      facts.withLock { $0.connectionsLeft += 1 }
      return
    }
    connection.input += buffer[..<count]
    while let received = Self.takeRequest(from: &connection) {
      facts.withLock { $0.requests.append(received) }
      guard carryOut(answer(received), on: fd, &connection) else {
        connections[fd] = nil
        return
      }
    }
    connections[fd] = connection
  }

  /// - Returns: whether the connection stays open.
  private func carryOut(_ answer: Answer, on fd: Int32, _ connection: inout Connection) -> Bool {
    switch answer {
    case .reply(let status, let headers, let body):
      Sockets.send(Self.encode(status: status, headers: headers, body: body), to: fd)
    case .raw(let text): Sockets.send(Array(text.utf8), to: fd)
    case .hold: connection.isHeld = true
    case .replyThenClose:
      Sockets.send(Self.encode(status: 200, headers: [], body: []), to: fd)
      close(fd)
      return false
    case .rawThenClose(let text):
      Sockets.send(Array(text.utf8), to: fd)
      close(fd)
      return false
    case .rawThenReset(let text):
      Sockets.send(Array(text.utf8), to: fd)
      Sockets.reset(fd)
      return false
    }
    return true
  }

  private static func encode(status: Int, headers: [String], body: [UInt8]) -> [UInt8] {
    let lines = ["HTTP/1.1 \(status) Words", "Content-Length: \(body.count)"] + headers
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  private static func takeRequest(from connection: inout Connection) -> Received? {
    guard let end = connection.input.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: connection.input[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ").map(String.init) ?? []
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
    }
    let size = headers["content-length"].flatMap(Int.init) ?? 0
    guard connection.input.count >= end.upperBound + size else { return nil }
    let body = Array(connection.input[end.upperBound..<end.upperBound + size])
    connection.input.removeFirst(end.upperBound + size)
    connection.requestCount += 1
    return Received(
      connection: connection.number, indexOnConnection: connection.requestCount, method: words.first ?? "",
      target: words.dropFirst().first ?? "", headers: headers, body: body)
  }
}
