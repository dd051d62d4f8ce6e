/// Waits until a condition holds, looking every few milliseconds.
///
/// - Parameters:
///   - limit: how long it may take.
///   - pause: how long to wait between two looks.
///   - condition: what is awaited; an error of it counts as "not yet".
/// - Returns: whether it held in time; look at it with `#expect`.
@discardableResult
func eventually(
  within limit: Duration, every pause: Duration = .milliseconds(20), _ condition: () async throws -> Bool
) async -> Bool {
  let deadline = ContinuousClock.now + limit
  while true {
    if (try? await condition()) == true { return true }
    guard ContinuousClock.now < deadline, !Task.isCancelled else { return false }
    try? await Task.sleep(for: pause)
  }
}

/// Whether a condition holds at every look for this long.
func holds(
  for duration: Duration, every pause: Duration = .milliseconds(20), _ condition: () async throws -> Bool
) async -> Bool {
  let deadline = ContinuousClock.now + duration
  while ContinuousClock.now < deadline {
    guard (try? await condition()) == true else { return false }
    try? await Task.sleep(for: pause)
  }
  return true
}

/// How long something takes.
func time<Result>(_ body: () async throws -> Result) async rethrows -> (duration: Duration, result: Result) {
  let start = ContinuousClock.now
  let result = try await body()
  return (ContinuousClock.now - start, result)
}

extension Duration {
  /// As a number for messages and ratios.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
