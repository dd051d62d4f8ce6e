import HTTPClient
import Logging
import ReplicationCore

/// Finds the epoch of a starting master: above every epoch that a follower has promised itself to.
///
/// With a log in memory nothing is left of earlier starts, so the wall clock's milliseconds are the first guess; a clock
/// that was set back is caught by asking.
struct EpochChoice {
  let client: Client
  /// How long the followers have to answer.
  let timeout: Duration
  let logger: Logger

  /// - Parameter followers: their URLs; those that don't answer in time are not waited for.
  func mastership(above followers: [String]) async -> Mastership {
    let promised = await withTaskGroup(of: Epoch?.self) { group in
      for url in followers { group.addTask { await promise(of: url) } }
      return await group.reduce(Epoch.none) { max($0, $1 ?? .none) }
    }
    let clock = Epoch(max(1, Clock.wallMilliseconds))
    if promised >= clock {
      logger.notice(
        "a follower has promised itself to an epoch beyond the clock",
        metadata: ["promised": "\(promised)", "clock": "\(clock)"])
    }
    // Nothing is above the last number: such a master is refused and says so, which is better than a trap.
    let above = Epoch(promised.rawValue == .max ? .max : promised.rawValue + 1)
    return Mastership(
      epoch: max(clock, above), startID: UInt64.random(in: 1...UInt64.max))
  }

  private func promise(of url: String) async -> Epoch? {
    let question = ReplicateRequest(
      mastership: Mastership(epoch: .none, startID: 0), previousOffset: .zero, previousEpoch: .none, commit: .zero,
      masterURL: "", entries: EntryRun(first: Offset.zero.next, last: .zero, bytes: []))
    let request = Request(
      method: .post, url: url.hasSuffix("/") ? "\(url)replicate" : "\(url)/replicate",
      headers: ["Content-Type": ReplicateRequest.contentType], body: question.encoded(), timeout: timeout,
      connectTimeout: timeout)
    guard let response = try? await client.send(request), let answer = try? ReplicateAnswer(decoding: response.body)
    else { return nil }
    return answer.promise.epoch
  }
}
