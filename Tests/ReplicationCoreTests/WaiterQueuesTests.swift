import ReplicationCore
import Testing

@Suite struct WaiterQueuesTests {
  @Test(arguments: 1...100 as ClosedRange<UInt64>)
  func releasesWhomAPlainListWouldRelease(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let nodes = random.number(1...5)
    var queues = WaiterQueues(nodes: nodes)
    var list: [WaiterID] = []
    var gone: [WaiterID] = []
    var acked = AckedOffsets(nodes: nodes)
    var end: UInt64 = 0
    for number in 0..<300 {
      switch random.number(0...9) {
      case 0..<5:
        // Several may wait for one offset.
        end += UInt64(random.number(0...2))
        let waiter = WaiterID(
          rawValue: UInt64(number),
          // Most wait for the last entry, some for an earlier one.
          offset: random.number(0...9) == 0 ? Offset(UInt64(random.number(0...Int(end)))) : Offset(end),
          writeConcern: random.number(1...nodes),
          deadline: random.number(0...2) == 0 ? Instant(nanoseconds: Int64(number + random.number(0...100))) : nil)
        queues.add(waiter)
        list.append(waiter)
      case 5:
        let now = Instant(nanoseconds: Int64(number))
        var expired: [WaiterID] = []
        queues.expire(now: now) { expired.append($0) }
        let expected = list.filter { $0.deadline.map { $0 <= now } ?? false }
        list.removeAll { expected.contains($0) }
        gone += expected
        #expect(Set(expired) == Set(expected) && expired.count == expected.count)
        let deadlines = expired.compactMap(\.deadline)
        #expect(deadlines == deadlines.sorted())
      case 6..<8:
        let candidates = list + gone.suffix(3)
        guard let waiter = candidates.randomElement(using: &random) else { continue }
        let wasWaiting = queues.cancel(waiter)
        #expect(wasWaiting == list.contains(waiter))
        list.removeAll { $0 == waiter }
        gone.append(waiter)
      default:
        // Match offsets may fall as well, when a follower starts anew.
        acked.count(
          own: Offset(end),
          matches: (0..<nodes - 1).map { _ in Offset(UInt64(random.number(0...Int(end)))) })
        var released: [WaiterID] = []
        queues.release(upTo: acked) { released.append($0) }
        let expected = list.filter { $0.offset <= acked.acked($0.writeConcern) }
        list.removeAll { $0.offset <= acked.acked($0.writeConcern) }
        gone += expected
        #expect(Set(released) == Set(expected))
        #expect(released.count == expected.count)
        for writeConcern in 1...nodes {
          let offsets = released.filter { $0.writeConcern == writeConcern }.map(\.offset)
          #expect(offsets == offsets.sorted())
        }
      }
      #expect(queues.count == list.count)
      #expect(queues.firstDeadline == list.compactMap(\.deadline).min())
    }
    let rest = queues.removeAll()
    #expect(Set(rest) == Set(list))
    #expect(queues.count == 0)
  }

  @Test func cancelledWaitersAreNeverHandedOut() {
    var queues = WaiterQueues(nodes: 1)
    let waiters = (1...10).map { WaiterID(rawValue: $0, offset: Offset($0), writeConcern: 1) }
    for waiter in waiters { queues.add(waiter) }
    let cancelled = waiters.dropFirst(2).map { queues.cancel($0) }
    #expect(!cancelled.contains(false))
    var acked = AckedOffsets(nodes: 1)
    acked.count(own: Offset(10), matches: [])
    var released: [WaiterID] = []
    queues.release(upTo: acked) { released.append($0) }
    #expect(released == Array(waiters.prefix(2)))
    let wasWaiting = queues.cancel(waiters[0])
    #expect(!wasWaiting, "it was released")
  }
}
