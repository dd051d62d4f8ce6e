import Foundation
import Testing

/// A master that comes back with less than it had: nothing acknowledged is overwritten, and all of it can be had back.
@Suite(.serialized) struct WipedMasterTests {
  private static let texts = (1...20).map { "message \($0)" }

  private func cluster(_ texts: [String] = texts) async throws -> Cluster {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes)
    for text in texts { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    return cluster
  }

  /// It takes nothing, says whose log it would overwrite and what to do, and the followers keep what they have.
  private func expectReadOnly(_ cluster: Cluster, _ texts: [String], because words: String) async throws {
    let master = cluster.master
    for writeConcern in 1...3 {
      let refused = try await master.client.add("refused", w: writeConcern)
      #expect(refused.status == 503)
      #expect(refused.message.hasPrefix("not written: "))
      #expect(refused.message.contains(words), "\(refused.message)")
      #expect(cluster.followers.contains { refused.message.contains($0.url) }, "\(refused.message)")
    }
    let reason = try await master.client.health()["read_only"]?.string ?? ""
    #expect(reason.contains("replog recover --from http://") && reason.contains("--data-dir"), "\(reason)")
    #expect(
      master.process.logLines.contains { $0.level == "error" && $0.facts["reason"]?.contains("replog recover") == true }
    )
    for follower in cluster.followers { #expect(try await follower.client.messages() == texts) }
  }

  /// "`replog recover --from URL [--from URL…] --data-dir DIR` copies the longest log found into the folder."
  private func recover(_ cluster: Cluster, to texts: [String]) async throws -> Program {
    cluster.master.kill()
    let program = try await Program.run(
      ["recover"] + cluster.followers.flatMap { ["--from", $0.url] } + ["--data-dir", cluster.master.dataDirectory])
    #expect(program.exit == .status(0), "\(program)")
    let check = try await cluster.master.verify()
    #expect(check.exit == .status(0), "\(check)")
    try await cluster.master.start()
    #expect(await cluster.becomesHealthy())
    #expect(try await cluster.master.client.messages() == texts)
    #expect(try await cluster.master.client.health()["read_only"] == .null)
    #expect(try await cluster.master.client.add("after", w: 3).status == 200)
    #expect(await cluster.converges(to: texts + ["after"], within: .seconds(2)))
    return program
  }

  /// "Wiped master with full followers: nothing overwritten; after `replog recover` everything is there."
  @Test func aWipedMasterOverwritesNothing() async throws {
    let cluster = try await cluster()
    cluster.master.kill()
    try cluster.master.wipe()
    try await cluster.master.start()
    try await expectReadOnly(cluster, Self.texts, because: "this master's folder holds no log")
    #expect(try await cluster.master.client.messages() == [])
    // Not with the next start either.
    cluster.master.kill()
    try await cluster.master.start()
    try await expectReadOnly(cluster, Self.texts, because: "this master's folder holds no log")
    let program = try await recover(cluster, to: Self.texts)
    #expect(program.stdout.contains("holds 20 entries"), "\(program.stdout)")
  }

  /// "Its log has another id", with its followers already full of this one's.
  @Test func aMasterWithAnotherLogOverwritesNothing() async throws {
    let cluster = try await cluster()
    let other = try await Cluster.start(delays: [])
    for text in ["x", "y", "z"] { #expect(try await other.master.client.add(text, w: 1).status == 200) }
    for node in [cluster.master, other.master] { try await node.stop() }
    try cluster.master.data.replace(with: other.master.dataDirectory)
    try await cluster.master.start()
    try await expectReadOnly(cluster, Self.texts, because: "holds another log than this master")
    #expect(try await cluster.master.client.messages() == ["x", "y", "z"])
    _ = try await recover(cluster, to: Self.texts)
    // What was there is not lost.
    let aside = try #require(cluster.master.data.asides.first)
    let dump = try await Program.run(["dump", "\(cluster.master.dataDirectory)/\(aside)"])
    #expect(dump.stdout.split(separator: "\n").map { $0.split(separator: "\t").last } == ["\"x\"", "\"y\"", "\"z\""])
  }

  /// "Its own log is a prefix of a follower's longer one: it copies that tail back first."
  @Test func aMasterRestoredFromAnOlderCopyCopiesTheTailBack() async throws {
    let cluster = try await cluster(Array(Self.texts[..<5]))
    try await cluster.master.stop()
    let backup = try Folder()
    try cluster.master.data.copy(to: "\(backup.path)/backup")
    try await cluster.master.start()
    for text in Self.texts[5...] { #expect(try await cluster.master.client.add(text, w: 2).status == 200) }
    #expect(await cluster.converges(to: Self.texts, within: .seconds(2)))
    cluster.master.kill()
    try cluster.master.data.replace(with: "\(backup.path)/backup")
    try await cluster.master.start()
    #expect(try await cluster.master.client.messages() == Self.texts)
    #expect(try await cluster.master.client.health()["read_only"] == .null)
    // Its own epoch was 1 in the copy, 2 when it was replaced.
    #expect(try await cluster.master.client.health()["epoch"]?.int == 3)
    #expect(try await cluster.master.client.add("after", w: 3).status == 200)
    #expect(await cluster.converges(to: Self.texts + ["after"], within: .seconds(2)))
  }

  /// "… diverges below what a follower knows to be acknowledged": an older copy that took messages of its own while the
  /// followers were away, so that it is shorter or longer than their logs.
  @Test(arguments: [6, 20]) func aRestoredMasterThatDivergedOverwritesNothing(count: Int) async throws {
    let texts = Array(Self.texts[..<count])
    let cluster = try await cluster(Array(texts[..<5]))
    try await cluster.master.stop()
    let backup = try Folder()
    try cluster.master.data.copy(to: "\(backup.path)/backup")
    try await cluster.master.start()
    for text in texts[5...] { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    // The followers hear in the next heartbeats that it is acknowledged.
    #expect(
      await eventually(within: .seconds(3)) {
        for follower in cluster.followers where try await follower.client.health()["commit_offset"]?.int != count {
          return false
        }
        return true
      })
    for node in cluster.nodes { node.kill() }
    try cluster.master.data.replace(with: "\(backup.path)/backup")
    // Twice, so that its epoch is above the one that the followers know.
    for _ in 0..<2 { try await cluster.master.start() }
    for text in ["x", "y"] { #expect(try await cluster.master.client.add(text, w: 1).status == 200) }
    for follower in cluster.followers { try await follower.start() }
    #expect(
      await eventually(within: .seconds(5)) { !(try await cluster.master.client.health()["read_only"] ?? .null).isNull }
    )
    try await expectReadOnly(cluster, texts, because: "knows them to be acknowledged")
    cluster.master.kill()
    try await cluster.master.start()
    try await expectReadOnly(cluster, texts, because: "knows them to be acknowledged")
    _ = try await recover(cluster, to: texts)
    let aside = try #require(cluster.master.data.asides.first)
    let dump = try await Program.run(["dump", "\(cluster.master.dataDirectory)/\(aside)", "--from", "6"])
    #expect(dump.stdout.split(separator: "\n").map { $0.split(separator: "\t").last } == ["\"x\"", "\"y\""])
  }

  /// "Otherwise, a follower's tail that diverges from what the master has appended since is cut on the word of the higher
  /// epoch, set aside in a side file rather than deleted, and logged."
  @Test func aFollowersUnacknowledgedTailIsSetAside() async throws {
    // Two of five nodes are no majority.
    let cluster = try await Cluster.start(delays: [0, 0, 0, 0], masterOptions: FollowerFaultTests.shortTimes)
    let follower = cluster.followers[0]
    #expect(try await cluster.master.client.add("a", w: 5).status == 200)
    try await cluster.master.stop()
    let backup = try Folder()
    try cluster.master.data.copy(to: "\(backup.path)/backup")
    for other in cluster.followers[1...] { other.kill() }
    try await cluster.master.start()
    for text in ["tail 1", "tail 2"] { #expect(try await cluster.master.client.add(text, w: 2).status == 200) }
    for node in [cluster.master, follower] { node.kill() }
    try cluster.master.data.replace(with: "\(backup.path)/backup")
    // Twice, so that its epoch is above the one that the follower knows.
    for _ in 0..<2 { try await cluster.master.start() }
    #expect(try await cluster.master.client.add("b", w: 1).status == 200)
    for node in cluster.followers { try await node.start() }
    #expect(await cluster.converges(to: ["a", "b"], within: .seconds(3)))
    let line = follower.process.logLines.first { $0.message.contains("were set aside") }
    #expect(line?.facts["first"] == "2" && line?.facts["last"] == "3", "\(follower.process.stderr)")
    let aside = try #require(follower.data.asides.first)
    let dump = try await Program.run(["dump", "\(follower.dataDirectory)/\(aside)"])
    #expect(dump.stdout.split(separator: "\n").map { $0.split(separator: "\t").last } == ["\"tail 1\"", "\"tail 2\""])
  }
}
