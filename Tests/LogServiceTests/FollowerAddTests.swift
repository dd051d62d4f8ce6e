import Locking
import LogStorage
import ReplicationCore
import Testing

@testable import LogService

extension LogServiceTests {
  /// A client that comes to the wrong node.
  @Suite struct FollowerAddTests {
    @Test(arguments: Way.allCases)
    func aFollowerSaysWhereToAddAndRedirectsThoseWhoLikeThat(_ way: Way) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let client = cluster.client(follower, way)
        let json = #"{"data":"a","write_concern":1}"#
        let before = try await client.add(json: json)
        #expect(before.status == 503 && before.message.contains("has not met its master yet"))
        #expect(before.headers["log-outcome"] == "not_written" && before.headers["retry-after"] == "1")
        #expect(before.data["retryable"] as? Bool == true)
        #expect(before.data["next"] as? String == "curl '\(follower.url)/add' -d '\(json)'")
        #expect(try await client.add(json: json, ["Prefer": "redirect"]).status == 503)
        let master = try await cluster.master([follower.url])
        try await eventually("they meet") { follower.state.withLock { $0.masterURL } != nil }
        let answer = try await client.add(json: json)
        #expect(answer.status == 421 && answer.message.contains(master.url))
        #expect(answer.data["master"] as? String == master.url)
        #expect(answer.headers["log-outcome"] == "not_written" && answer.data["retryable"] as? Bool == false)
        #expect(answer.headers["log-epoch"] == "\(master.mastership.epoch)")
        #expect(answer.data["next"] as? String == "curl '\(master.url)/add' -d '\(json)'")
        let redirect = try await client.add(json: json, ["Prefer": "redirect"])
        #expect(redirect.status == 307 && redirect.statusCode == 307)
        #expect(redirect.headers["location"] == "\(master.url)/add")
        #expect(redirect.headers["preference-applied"] == "redirect")
        #expect(redirect.headers["log-outcome"] == "not_written")
        #expect(master.log.end.last == .zero)
      }
    }
  }
}
