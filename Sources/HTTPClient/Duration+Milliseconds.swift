extension Duration {
  /// Whole milliseconds, rounded up, so that nothing ends or wakes before its time; within `range`.
  func milliseconds(in range: ClosedRange<Int32>) -> Int32 {
    let (seconds, attoseconds) = components
    // Compared before multiplying: a Duration holds more seconds than an Int64 holds milliseconds.
    if seconds >= Int64(range.upperBound) / 1000 { return range.upperBound }
    if seconds < 0 || attoseconds < 0 { return range.lowerBound }
    let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
    let rounded = seconds * 1000 + (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
    return min(max(Int32(rounded), range.lowerBound), range.upperBound)
  }
}
