import Testing

@testable import LoadGenerator

/// Percentiles to three digits.
@Suite struct LatencyHistogramTests {
  @Test func percentiles_AreWithinAThousandth() {
    var histogram = LatencyHistogram()
    for microseconds in (1...100_000).shuffled() { histogram.record(.microseconds(microseconds)) }
    #expect(histogram.count == 100_000)
    for percentile in [50, 90, 99, 99.9, 99.99] {
      let found = histogram.latency(at: percentile) / .microseconds(1)
      #expect(abs(found / (percentile * 1000) - 1) <= 0.001, "\(percentile): \(found)")
    }
    #expect(histogram.longest == .milliseconds(100))
  }

  @Test func nothing_IsZero() {
    let histogram = LatencyHistogram()
    #expect(histogram.latency(at: 50) == .zero && histogram.longest == .zero)
  }

  @Test func whatIsOutOfRange_IsCountedAtItsEnd() {
    var histogram = LatencyHistogram()
    histogram.record(.seconds(-1))
    histogram.record(.seconds(1_000_000_000))
    #expect(histogram.count == 2)
    #expect(histogram.longest == .seconds(7200))
  }
}
