import Glibc
import Testing

/// "a name that does not resolve yet is a follower that is down", and one that is down holds up nobody else.
@Suite(.turn)
struct NameTests {
  private static let unresolvable = "http://no-such-host.invalid:6062"

  @Test func aFollowerWhoseNameDoesNotResolve_DoesNotHoldUpTheOther() async throws {
    try await expectOtherFollowerIsServed(under: [])
  }

  @Test(.enabled(if: SilentResolver.isPossible, "it needs root and mounts of a process's own (unshare -m)"))
  func aResolverThatNeverAnswers_DoesNotHoldUpTheOtherFollower() async throws {
    let resolver = try SilentResolver()
    try await expectOtherFollowerIsServed(under: resolver.wrapper)
    // Else this showed nothing.
    #expect(resolver.wasAsked)
  }

  /// - Parameter wrapper: runs the master.
  private func expectOtherFollowerIsServed(under wrapper: [String]) async throws {
    let follower = try NodeProcess(["follower", "--port", "0"])
    let url = "http://127.0.0.1:\(try await follower.port())"
    let started = try await time {
      let master = try NodeProcess(
        ["master", "--port", "0", "--follower", Self.unresolvable, "--follower", url], under: wrapper)
      return (master, try await master.port())
    }
    let (master, port) = started.result
    #expect(started.duration < .seconds(5), "the start took \(started.duration)")
    let client = NodeClient(url: "http://127.0.0.1:\(port)")
    let other = { try await client.health()["followers"]?[1] }
    #expect(await eventually(within: .seconds(2)) { try await other()?["state"]?.string == "Healthy" })

    var slowest = Duration.zero
    let end = ContinuousClock.now + .seconds(5)
    var count = 0
    while ContinuousClock.now < end {
      count += 1
      let add = try await time { try await client.add("m\(count)", w: 2) }
      #expect(add.result.status == 200)
      slowest = max(slowest, add.duration)
      let view = try await other()
      #expect(view?["state"]?.string == "Healthy")
      #expect(try #require(view?["last_contact_ms"]?.int) < 1000)
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(count > 40)
    #expect(slowest < .seconds(1), "the slowest of \(count) adds took \(slowest)")
    #expect(try await client.health()["followers"]?[0]?["state"]?.string == "Unhealthy")
    #expect(try await NodeClient(url: url).messages().count == count)
    // Stopping does not wait for the name either.
    master.send(SIGTERM)
    #expect(try await master.waitForExit(within: .seconds(5)) == .status(0))
  }
}
