import Testing

/// "Logs for people who watch replication: each add (offset, w), each batch sent, retried (attempt, pause) and
/// acknowledged, each change of state, on one line with time, node, level, static message and key=value facts;
/// `--log-level`; never a message's text at info."
@Suite struct LogLineTests {
  /// Nothing of it may be in a log.
  private static let secret = "Secret-9f8e\nmaster info second line \"quoted\" key=value"

  @Test func eachStepOfReplication_IsOneLine_AndNoLineHasAMessagesText() async throws {
    let cluster = try await Cluster.start(
      delays: [0.2, 0], masterOptions: ["--log-level", "debug"], followerOptions: ["--log-level", "debug"])
    for number in 1...5 {
      #expect(try await cluster.master.client.add("\(Self.secret) \(number)", w: 3).status == 200)
    }
    cluster.followers[1].kill()
    #expect(try await cluster.master.client.add("\(Self.secret) away", w: 1).status == 200)
    #expect(await eventually(within: .seconds(8)) { try await cluster.states() == ["Healthy", "Unhealthy"] })
    // What people send wrong is not to be read in the log either.
    #expect(try await cluster.followers[0].client.replicate(Self.secret, at: 9).status == 409)
    #expect(try await HTTP.post("\(cluster.master.url)/add", Self.secret).status == 400)
    try await cluster.followers[1].start()
    #expect(await cluster.becomesHealthy())
    #expect(await cluster.converges(within: .seconds(5)))

    let processes = [cluster.master.process] + cluster.followers.map(\.process)
    for (process, name) in zip(processes, ["master", "follower-1", "follower-2"]) {
      for line in process.lines {
        let parsed = try #require(LogLine(line), "not in the form of a log line: \(line)")
        #expect(parsed.node == name)
        // Static: no facts in the message.
        #expect(parsed.message.wholeMatch(of: #/[A-Za-z ,:\-]+/#) != nil, "\(line)")
        #expect(!line.contains("Secret") && !line.contains("second line"), "\(line)")
      }
    }
    expectSteps(of: cluster, in: cluster.master.process.logLines)
    let stored = cluster.followers[0].process.logLines.filter { $0.message == "entries stored" }
    #expect(stored.first?.facts["first"] == "1")
    #expect(stored.last?.facts["last"] == "6")
  }

  @Test func atInfo_MessagesAndBatchesHaveNoLines() async throws {
    let cluster = try await Cluster.start(masterOptions: ["--log-level", "info"])
    #expect(try await cluster.master.client.add(Self.secret, w: 3).status == 200)
    let before = cluster.master.process.lines.count
    for _ in 1...20 { #expect(try await cluster.master.client.add(Self.secret, w: 3).status == 200) }
    #expect(cluster.master.process.lines.count == before)
    for node in [cluster.master] + cluster.followers {
      #expect(node.process.logLines.allSatisfy { $0.level != "debug" && $0.level != "trace" })
      #expect(!node.process.stderr.contains("Secret"))
    }
    // A change of state has its line at this level.
    cluster.followers[0].kill()
    #expect(
      await eventually(within: .seconds(8)) {
        cluster.master.process.logLines.contains { $0.facts["to"] == "Unhealthy" }
      })
  }

  @Test func atError_AQuietNodeSaysNothing() async throws {
    let follower = try Cluster(delays: [0], followerOptions: ["--log-level", "error"]).followers[0]
    let process = try NodeProcess(follower.arguments + ["--port", "\(follower.port)"])
    #expect(await eventually(within: .seconds(10)) { try await follower.client.health()["role"]?.string == "follower" })
    #expect(process.stderr.isEmpty)
  }

  private func expectSteps(of cluster: Cluster, in lines: [LogLine]) {
    let adds = lines.filter { $0.message == "message added" }
    #expect(adds.map { $0.facts["offset"] } == (1...6).map { "\($0)" })
    #expect(adds.map { $0.facts["w"] } == ["3", "3", "3", "3", "3", "1"])
    for follower in cluster.followers.map(\.url) {
      let own = lines.filter { $0.facts["follower"] == follower }
      let sent = own.filter { $0.message == "batch sent" }
      let acknowledged = own.filter { $0.message == "batch acknowledged" }
      #expect(sent.first?.facts["first"] == "1")
      #expect(sent.last?.facts["last"] == "6")
      #expect(sent.allSatisfy { $0.facts["attempt"] != nil })
      #expect(acknowledged.last?.facts["match"] == "6")
      #expect(acknowledged.count <= sent.count)
    }
    let retried = lines.filter { $0.message == "batch failed, will be retried" }
    #expect(retried.count > 1)
    #expect(retried.allSatisfy { $0.facts["follower"] == cluster.followers[1].url && $0.level == "warning" })
    let attempts = retried.compactMap { $0.facts["attempt"].flatMap { Int($0) } }
    #expect(attempts.count == retried.count)
    #expect(attempts == attempts.sorted(), "attempts of one follower are counted up: \(attempts)")
    #expect(retried.allSatisfy { $0.facts["pause_ms"].flatMap { Int($0) } != nil && $0.facts["reason"] != nil })
    let changes = lines.filter {
      $0.message == "follower state changed" && $0.facts["follower"] == cluster.followers[1].url
    }
    let steps = changes.map { "\($0.facts["from"] ?? "") to \($0.facts["to"] ?? "")" }
    #expect(steps.suffix(3) == ["Healthy to Suspected", "Suspected to Unhealthy", "Unhealthy to Healthy"])
  }
}
