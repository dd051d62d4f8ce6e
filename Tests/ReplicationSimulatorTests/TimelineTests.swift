import ReplicationCore
import Testing

@testable import ReplicationSimulator

@Suite struct TimelineTests {
  @Test func eventsComeOutInTheOrderOfTimeAndEqualOnesAsTheyWerePutIn() {
    var random = SplitMix64(seed: 5)
    var timeline = Timeline<Int>()
    var expected: [(time: Int64, event: Int)] = []
    for event in 0..<500 {
      let time = Int64(random.number(0...40))
      expected.append((time, event))
      timeline.insert(event, at: Instant(nanoseconds: time))
    }
    expected.sort { $0.time == $1.time ? $0.event < $1.event : $0.time < $1.time }
    for next in expected {
      let first = timeline.popFirst()
      #expect(first?.event == next.event)
      #expect(first?.time.nanoseconds == next.time)
    }
    #expect(timeline.popFirst() == nil)
  }
}
