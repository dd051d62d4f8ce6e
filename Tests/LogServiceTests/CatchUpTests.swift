import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct CatchUpTests {
    private static func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func aFollowerThatIsNearIsNotTalkedOf() {
      var catchUp = CatchUp()
      for second in Int64(0)...10 {
        #expect(catchUp.note(match: Offset(1), last: Offset(10_000), now: Self.at(second * 1000)) == nil)
      }
      #expect(!catchUp.isBehind)
      #expect(catchUp.timeLeft == nil)
    }

    @Test func itsRateAndTheTimeLeftAreMeasuredAndToldEveryThreeSeconds() {
      var catchUp = CatchUp()
      var events: [CatchUp.Event] = []
      // 20,000 a second come in of 100,000, and nothing is added.
      for half in Int64(0)...6 {
        let match = Offset(UInt64(half) * 10_000)
        if let event = catchUp.note(match: match, last: Offset(100_000), now: Self.at(half * 500)) {
          events.append(event)
        }
      }
      #expect(catchUp.isBehind)
      #expect(catchUp.entriesPerSecond == 20_000)
      #expect(catchUp.timeLeft == .seconds(2))
      #expect(
        events == [.progress(match: Offset(60_000), lag: 40_000, entriesPerSecond: 20_000, timeLeft: .seconds(2))])
      #expect(
        catchUp.note(match: Offset(95_000), last: Offset(100_000), now: Self.at(3_500))
          == .caughtUp(match: Offset(95_000)))
      #expect(!catchUp.isBehind)
      #expect(catchUp.note(match: Offset(100_000), last: Offset(100_000), now: Self.at(9_000)) == nil, "told once")
    }

    @Test func whatCountsIsHowFastTheLagShrinks() {
      var catchUp = CatchUp()
      _ = catchUp.note(match: .zero, last: Offset(100_000), now: Self.at(0))
      _ = catchUp.note(match: Offset(20_000), last: Offset(110_000), now: Self.at(1_000))
      #expect(catchUp.entriesPerSecond == 20_000)
      #expect(catchUp.timeLeft == .seconds(9), "90,000 at 10,000 nearer a second")
      _ = catchUp.note(match: Offset(30_000), last: Offset(120_000), now: Self.at(2_000))
      #expect(catchUp.entriesPerSecond == 10_000)
      #expect(catchUp.timeLeft == nil, "it doesn't come nearer")
      let event = catchUp.note(match: Offset(30_000), last: Offset(120_000), now: Self.at(3_000))
      #expect(event == .progress(match: Offset(30_000), lag: 90_000, entriesPerSecond: 0, timeLeft: nil))
    }

    @Test func aWipedFollowerIsMeasuredAnew() {
      var catchUp = CatchUp()
      _ = catchUp.note(match: Offset(50_000), last: Offset(100_000), now: Self.at(0))
      _ = catchUp.note(match: Offset(60_000), last: Offset(100_000), now: Self.at(1_000))
      #expect(catchUp.entriesPerSecond == 10_000)
      #expect(catchUp.note(match: .zero, last: Offset(100_000), now: Self.at(2_000)) == nil)
      #expect(catchUp.isBehind)
      #expect(catchUp.entriesPerSecond == 0)
      _ = catchUp.note(match: Offset(5_000), last: Offset(100_000), now: Self.at(3_000))
      #expect(catchUp.entriesPerSecond == 5_000)
      #expect(catchUp.timeLeft == .seconds(19))
    }
  }
}
