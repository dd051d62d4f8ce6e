import Testing

/// Waits until the condition holds; a failed expectation when it still does not after `seconds`.
func eventually(
  _ what: Comment, seconds: Double = 20, at location: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < end {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(2))
  }
  #expect(try await condition(), what, sourceLocation: location)
}
