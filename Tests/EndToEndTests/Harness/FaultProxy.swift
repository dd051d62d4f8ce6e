import Foundation
import Glibc

/// A small HTTP proxy between a master and one follower, or between clients and a master, that spoils what passes through it,
/// as a test says.
///
/// A thread per connection: the master keeps few. Every request is read whole before anything is done about it, so that a
/// fault is one of exactly these kinds and never half of one.
final class FaultProxy: @unchecked Sendable {
  /// What is done about a request.
  enum Fault: Sendable, Equatable {
    /// Nothing: request and answer pass.
    case pass
    /// The follower never sees it; the answer is 500.
    case errorBefore
    /// The follower carries it out; the answer is 500 instead of the follower's.
    case errorAfter
    /// The follower carries it out; the connection closes instead of an answer.
    case loseAnswer
    /// The follower carries it out; silence instead of an answer, until the fault ends.
    case swallowAnswer
    /// The follower carries it out; its answer is kept until `release()`.
    case holdAnswer
    /// Nobody sees it; silence, until the fault ends.
    case blackHole
    /// The connection closes instead of an answer, and the follower gets the request all the same, a moment later.
    case deliverLate
    /// The follower gets the request twice; the second answer passes.
    case deliverTwice
    /// Nobody listens: connections are refused, and those that were there are closed.
    case refuse
  }

  /// Which requests a fault hits; the others pass.
  enum Target: Sendable {
    case everything
    /// Those that bring entries, not heartbeats.
    case batches
    /// Those of a client that add something, not its questions.
    case posts
  }

  /// The port that it listens on.
  let port: Int
  /// The address to give to a master.
  var url: String { "http://127.0.0.1:\(port)" }

  let followerPort: Int
  /// Keeps the port ours while nobody listens.
  private let reservation: Int32
  /// Guards everything below, and is broadcast when any of it changes.
  let condition = NSCondition()
  private var listener: Int32 = -1
  private(set) var fault = Fault.pass
  private(set) var target = Target.everything
  private(set) var isStopped = false
  private(set) var releases = 0
  var heldBatches = 0
  var hits = 0
  private var connections: Set<Int32> = []

  /// - Parameter followerPort: where to forward to, on 127.0.0.1; nobody needs to listen there yet.
  init(to followerPort: Int) throws {
    self.followerPort = followerPort
    reservation = try Loopback.bound(to: 0)
    port = Loopback.port(of: reservation)
    try listen()
  }

  /// - Parameter url: a follower's, `http://127.0.0.1:port`.
  convenience init(toURL url: String) throws {
    guard let port = url.split(separator: ":").last.flatMap({ Int($0) }) else { throw HarnessError("no port: \(url)") }
    try self.init(to: port)
  }

  deinit { close(reservation) }

  /// From now on, requests are treated so. Silences of before end with a closed connection, held answers stay held.
  func set(_ fault: Fault, on target: Target = .everything) throws {
    condition.lock()
    defer { condition.unlock() }
    self.fault = fault
    self.target = target
    if fault == .refuse {
      if listener >= 0 { shutdown(listener, Int32(SHUT_RDWR)) }
      for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
    } else if listener < 0 {
      try listen()
    }
    condition.broadcast()
  }

  /// How many answers to batches are held.
  var heldBatchCount: Int { read { heldBatches } }

  /// How many requests met a fault.
  var hitCount: Int { read { hits } }

  /// Lets the held answers go on their way.
  func release() {
    read {
      releases += 1
      condition.broadcast()
    }
  }

  /// Ends it: its threads end and its connections close.
  func stop() {
    read {
      isStopped = true
      if listener >= 0 { shutdown(listener, Int32(SHUT_RDWR)) }
      for connection in connections { shutdown(connection, Int32(SHUT_RDWR)) }
      condition.broadcast()
    }
  }

  /// Under the lock.
  func read<Value>(_ body: () -> Value) -> Value {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }

  // MARK: Connections

  private func listen() throws {
    let socket = try Loopback.bound(to: port)
    guard Glibc.listen(socket, 1024) == 0 else { throw Loopback.Failure("listen") }
    listener = socket
    Thread.detachNewThread { self.accept(on: socket) }
  }

  private func accept(on socket: Int32) {
    while true {
      let connection = Glibc.accept(socket, nil, nil)
      if connection < 0 { break }
      Loopback.setNoDelay(connection)
      let isWelcome = read {
        guard !isStopped, fault != .refuse else { return false }
        connections.insert(connection)
        return true
      }
      guard isWelcome else {
        close(connection)
        continue
      }
      Thread.detachNewThread { self.serve(connection) }
    }
    read {
      close(socket)
      if listener == socket { listener = -1 }
      // `set` may have ended the refusal before this thread came to close the socket.
      if !isStopped, fault != .refuse, listener < 0 { try? listen() }
    }
  }

  private func serve(_ master: Int32) {
    var follower: Int32 = -1
    var reader = HTTPReader()
    while let request = Self.receive(from: master, &reader), carryOut(request, from: master, with: &follower) {}
    read {
      connections.remove(master)
      close(master)
    }
    if follower >= 0 { close(follower) }
  }
}
