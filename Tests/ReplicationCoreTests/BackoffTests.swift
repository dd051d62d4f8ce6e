import Testing

@testable import ReplicationCore

@Suite struct BackoffTests {
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func eachPauseIsShortenedAtRandomByAtMostAHalf(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let settings = ReplicationSettings()
    var backoff = Backoff(now: Instant(nanoseconds: 0))
    for full in [50, 100, 200, 400, 800, 1600, 2000, 2000, 2000] as [Int64] {
      let now = Instant(nanoseconds: Int64(random.number(0...1_000_000)))
      let pause = backoff.fail(now: now, settings: settings, using: &random)
      #expect(pause <= .milliseconds(full))
      #expect(pause >= .milliseconds(full / 2))
      #expect(backoff.end == now + pause)
    }
  }

  @Test func pausesDifferSoThatSendersDontComeBackTogether() {
    var random = SeededGenerator(seed: 1)
    let pauses = (0..<20).map { _ in
      var backoff = Backoff(now: Instant(nanoseconds: 0))
      return backoff.fail(now: Instant(nanoseconds: 0), settings: ReplicationSettings(), using: &random)
    }
    #expect(Set(pauses).count > 15)
  }

  @Test func longPausesDontOverflow() {
    var random = SeededGenerator(seed: 1)
    var settings = ReplicationSettings()
    settings.backoffMin = .seconds(100_000)
    settings.backoffMax = .seconds(200_000)
    var backoff = Backoff(now: Instant(nanoseconds: 0))
    for _ in 0..<100 {
      let pause = backoff.fail(now: Instant(nanoseconds: 0), settings: settings, using: &random)
      #expect(pause <= settings.backoffMax)
    }
  }
}
