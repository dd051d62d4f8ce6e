internal import Histogram

/// Latencies in a fixed amount of memory, with three significant digits: an HDR histogram.
struct LatencyHistogram: Sendable {
  /// The percentiles that are told.
  static let percentiles = [50, 90, 99, 99.9, 99.99]
  /// What is longer counts as this long: more than any run takes, with its patience.
  private static let nanosecondsMax: UInt64 = 7_200_000_000_000

  private var histogram = Histogram<UInt64>(
    lowestDiscernibleValue: 1000, highestTrackableValue: nanosecondsMax, numberOfSignificantValueDigits: .three)

  /// How many latencies it holds.
  var count: Int { Int(histogram.totalCount) }

  mutating func record(_ latency: Duration) {
    let (seconds, attoseconds) = latency.components
    let nanoseconds = UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
    histogram.record(min(nanoseconds, Self.nanosecondsMax))
  }

  /// So long, or less, took this percentage of them; 0 where there are none.
  func latency(at percentile: Double) -> Duration { .nanoseconds(Int64(histogram.valueAtPercentile(percentile))) }

  /// The longest; 0 where there are none.
  var longest: Duration { .nanoseconds(Int64(histogram.maxRecorded)) }
}
