import Foundation
import Testing

/// The threads that do what others left for them let those finish first (ADR 0013).
@Suite struct ThreadTests {
  /// `SCHED_BATCH` of sched(7), as proc_pid_stat(5) tells a thread's policy.
  private static let batchPolicy = 3

  @Test func theThreadsThatGatherDoNotInterruptTheOneThatAnswersClients() async throws {
    let cluster = try await Cluster.start(delays: [0])
    // A write that both have: the threads run.
    #expect(try await cluster.master.client.add("a", w: 2).status == 200)
    let master = try Self.policies(of: cluster.master.process)
    #expect(master["curl"] == [Self.batchPolicy])
    #expect(master.values.joined().count { $0 == Self.batchPolicy } >= 2, "the loop's and the log's: \(master)")
    #expect(master["http-server"] == nil, "the loop that replicates serves, too (ADR 0016)")
    let follower = try Self.policies(of: cluster.followers[0].process)
    #expect(follower.values.joined().contains(Self.batchPolicy), "the log's: \(follower)")
    #expect(follower["http-server"] == [0])
  }

  /// The policies of a process's threads, by name.
  private static func policies(of process: NodeProcess) throws -> [String: [Int]] {
    var policies: [String: [Int]] = [:]
    let folder = "/proc/\(process.pid)/task"
    for thread in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let line = try String(contentsOfFile: "\(folder)/\(thread)/stat", encoding: .utf8)
      let open = try #require(line.firstIndex(of: "("))
      let close = try #require(line.lastIndex(of: ")"))
      let fields = line[close...].split(separator: " ").dropFirst()
      // The 41st field; the first after the name is the third.
      let policy = try #require(Int(fields.dropFirst(41 - 3).first ?? ""))
      policies[String(line[line.index(after: open)..<close]), default: []].append(policy)
    }
    return policies
  }
}
