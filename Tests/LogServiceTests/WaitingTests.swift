import Locking
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// A wait and its end may come in either order.
  @Suite struct WaitingTests {
    private let waiter = WaiterID(rawValue: 1, offset: Offset(1), writeConcern: 2)

    @Test(arguments: [Waiting.End.confirmed, .cancelled, .stopping])
    func anEndThatComesFirstIsKept(_ end: Waiting.End) async {
      var waiting = Waiting()
      waiting.expect(waiter)
      #expect(waiting.takeEnd(waiter) == nil)
      #expect(waiting.end(waiter, end) == nil, "nobody is there to be told")
      #expect(waiting.takeEnd(waiter) == end)
      #expect(waiting.takeEnd(waiter) == nil, "it is taken once")
    }

    @Test func whoWaitsFromTheStartIsToldOnce() {
      var waiting = Waiting()
      let told = Locked<[Waiting.End]>([])
      waiting.add(waiter) { end in told.withLock { $0.append(end) } }
      #expect(waiting.takeEnd(waiter) == nil)
      waiting.end(waiter, .timedOut)?(.timedOut)
      #expect(told.withLock { $0 } == [.timedOut])
      #expect(waiting.takeEnd(waiter) == nil, "nothing is kept of it")
    }

    @Test func anEndThatComesBetweenTheQuestionAndTheWaitIsKeptToo() async {
      var waiting = Waiting()
      waiting.expect(waiter)
      #expect(waiting.takeEnd(waiter) == nil)
      _ = waiting.end(waiter, .stopping)
      let end = await withCheckedContinuation { continuation in
        let end = waiting.wait(waiter) { continuation.resume(returning: $0) }
        #expect(end == .stopping, "the continuation is still the caller's")
        continuation.resume(returning: end ?? .cancelled)
      }
      #expect(end == .stopping)
    }

    @Test func anEndThatComesLaterIsHandedToTheOneWhoWaits() async {
      var waiting = Waiting()
      let other = WaiterID(rawValue: 2, offset: Offset(1), writeConcern: 2)
      waiting.expect(waiter)
      waiting.expect(other)
      let end = await withCheckedContinuation { continuation in
        #expect(waiting.wait(waiter) { continuation.resume(returning: $0) } == nil)
        #expect(waiting.end(other, .cancelled) == nil, "another one's end is not its own")
        waiting.end(waiter, .confirmed)?(.confirmed)
      }
      #expect(end == .confirmed)
      #expect(waiting.takeEnd(waiter) == nil)
      #expect(waiting.takeEnd(other) == .cancelled)
    }
  }
}
