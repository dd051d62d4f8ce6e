import Testing

@testable import HTTPClient

@Suite struct DurationTests {
  @Test(
    arguments: [
      (.zero, 0), (.nanoseconds(1), 1), (.milliseconds(1), 1), (.microseconds(1001), 2), (.seconds(5), 5000),
      (.milliseconds(1_999), 1_999), (.seconds(-1), 0), (.nanoseconds(-1), 0), (.seconds(Int64.max), Int32.max),
      (.seconds(3_000_000), Int32.max),
    ] as [(Duration, Int32)])
  func millisecondsAreRoundedUpAndKeptInRange(duration: Duration, milliseconds: Int32) {
    #expect(duration.milliseconds(in: 0...Int32.max) == milliseconds)
  }

  @Test func aTimeLimitIsNeverNone() {
    #expect(Duration.zero.milliseconds(in: 1...Int32.max) == 1)
  }
}
