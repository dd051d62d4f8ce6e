import ReplicationCore
import Testing

@Suite struct FollowerStateTests {
  @Test(
    arguments: [
      (nil, .unhealthy), (0, .healthy), (999, .healthy), (1000, .suspected), (4999, .suspected), (5000, .unhealthy),
      (1_000_000, .unhealthy),
    ] as [(Int64?, FollowerState)])
  func silenceDecides(milliseconds: Int64?, expected: FollowerState) {
    let state = FollowerState(silence: milliseconds.map { .milliseconds($0) }, settings: ReplicationSettings())
    #expect(state == expected)
  }

  @Test func theNamesAreThoseOfTheContract() {
    #expect([FollowerState.healthy, .suspected, .unhealthy].map(\.rawValue) == ["Healthy", "Suspected", "Unhealthy"])
  }
}
