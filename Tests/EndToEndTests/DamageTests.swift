import Foundation
import Testing

/// "Damage in the *middle* is never served and never repaired by guessing."
@Suite(.serialized) struct DamageTests {
  /// What happens to a file.
  enum Damage: CaseIterable {
    case bitFlipped, zeroed, truncated, removed, header
  }

  /// With an end: the bytes after "message number 2" are those of the next entry's checksum, which may begin with a "1".
  private static let texts = (1...40).map { "message number \($0)." }

  private func cluster() async throws -> Cluster {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes)
    for text in Self.texts { #expect(try await cluster.master.client.add(text, w: 3).status == 200) }
    return cluster
  }

  /// Damages the one segment, in its middle.
  /// - Returns: the first offset that is lost.
  private func apply(_ damage: Damage, to folder: DataFolder) throws -> Int {
    let segment = try #require(folder.segments.first)
    let position = try folder.position(of: "message number 21.", in: segment)
    switch damage {
    case .bitFlipped: try folder.flipBit(at: position + 3, in: segment)
    case .zeroed: try folder.write(Array(repeating: 0, count: 512), at: position, in: segment)
    case .truncated: try folder.truncate(segment, to: position)
    case .removed: try folder.remove(segment)
    case .header: try folder.flipBit(at: 40, in: segment)
    }
    return damage == .removed || damage == .header ? 1 : 21
  }

  /// "Detected every time; on a follower healed from the master", and what was there is kept beside.
  @Test(arguments: Damage.allCases) func aDamagedFollowerIsHealedFromTheMaster(damage: Damage) async throws {
    let cluster = try await cluster()
    let follower = cluster.followers[0]
    follower.kill()
    let first = try apply(damage, to: follower.data)
    let check = try await follower.verify()
    #expect(check.exit == .status(1) && check.stdout.contains("the log is damaged"), "\(check)")
    try await follower.start()
    #expect(await cluster.converges(to: Self.texts, within: .seconds(3)), "\(follower.process.stderr)")
    let line = follower.process.logLines.first { $0.message.contains("damage was set aside") }
    #expect(line?.facts["damage"]?.contains("damaged at offset \(first) ") == true, "\(follower.process.stderr)")
    if damage == .bitFlipped { #expect(!follower.data.asides.isEmpty) }
    #expect(try await cluster.master.client.add("after", w: 3).status == 200)
    try await follower.stop()
    let healed = try await follower.verify()
    #expect(healed.exit == .status(0), "\(healed)")
    #expect(try await follower.dumpedTexts() == Self.texts + ["after"])
  }

  /// "A master stays read-only and names the file and offset, and `replog recover` mends it." What is whole is shown.
  @Test(arguments: Damage.allCases) func aDamagedMasterIsReadOnlyUntilItIsRecovered(damage: Damage) async throws {
    let cluster = try await cluster()
    let master = cluster.master
    master.kill()
    let first = try apply(damage, to: master.data)
    try await master.start()
    let reason = try await master.client.health()["read_only"]?.string ?? ""
    #expect(reason.contains("damaged at offset \(first) (00000000000000000001.log"), "\(reason)")
    #expect(reason.contains("replog recover"), "\(reason)")
    #expect(
      master.process.logLines.contains {
        $0.level == "error" && $0.facts["reason"]?.contains("damaged at offset") == true
      })
    let refused = try await master.client.add("refused", w: 1)
    #expect(refused.status == 503 && refused.message.contains("damaged at offset \(first)"), "\(refused.text)")
    #expect(try await master.client.messages() == Array(Self.texts[..<(first - 1)]))
    for follower in cluster.followers { #expect(try await follower.client.messages() == Self.texts) }

    master.kill()
    let program = try await Program.run(
      ["recover", "--from", cluster.followers[0].url, "--data-dir", master.dataDirectory])
    #expect(program.exit == .status(0), "\(program)")
    try await master.start()
    #expect(await cluster.converges(to: Self.texts, within: .seconds(3)))
    #expect(try await master.client.add("after", w: 3).status == 200)
    #expect(master.data.asides.count == 1)
  }

  /// Messages that do not all fit into memory, nor into one segment.
  private static let megabytes = 72

  private func cluster(megabytes: Int) async throws -> Cluster {
    let cluster = try await Cluster.start(masterOptions: FollowerFaultTests.shortTimes)
    for number in 1...megabytes { #expect(try await cluster.master.client.add(Self.large(number), w: 3).status == 200) }
    return cluster
  }

  private static func large(_ number: Int) -> String {
    "large message \(number) " + String(repeating: "x", count: 1_000_000)
  }

  /// "Damage met in the middle of a `GET /messages` whose 200 is out already breaks the chunked body off."
  @Test(.turn) func damageInASealedSegmentIsNeverServed() async throws {
    let cluster = try await cluster(megabytes: Self.megabytes)
    let master = cluster.master
    #expect(master.data.segments.count == 2)
    // While it runs: nobody has read it since it was written.
    try master.data.flipBit(
      at: master.data.position(of: "large message 50 ", in: master.data.segments[0]) + 1000, in: master.data.segments[0]
    )
    let socket = try RawSocket(port: master.port)
    try await socket.send(RawSocket.request("GET /messages"))
    let answer = try await socket.bytesToTheEnd(within: .seconds(20))
    #expect(answer.starts(with: Data("HTTP/1.1 200".utf8)))
    let (isLastShown, isDamageShown, isNextShown) = (
      answer.contains("large message 49 "), answer.contains("large message 50 "), answer.contains("large message 51 ")
    )
    #expect(isLastShown && !isDamageShown && !isNextShown)
    #expect(answer.suffix(5) != Data("0\r\n\r\n".utf8))
    // Else a client could take the rest for the whole.
    await #expect(throws: (any Error).self) { try await master.client.messages() }
    #expect(
      await eventually(within: .seconds(10)) {
        try await master.client.health()["read_only"]?.string?.contains("damaged at offset 50 ") == true
      }, "\(master.process.stderr)")
    #expect(try await master.client.add("refused", w: 1).status == 503)

    // The same on a follower heals it.
    let follower = cluster.followers[0]
    let segment = follower.data.segments[0]
    try follower.data.flipBit(at: follower.data.position(of: "large message 60 ", in: segment) + 1000, in: segment)
    follower.kill()
    try await follower.start()
    // The check after the start finds it, though nobody asks.
    #expect(
      await eventually(within: .seconds(15)) {
        follower.process.logLines.contains {
          $0.message.contains("damage was set aside") && $0.facts["damage"]?.contains("offset 60 ") == true
        }
      }, "\(follower.process.stderr)")
    // The master's own log is damaged at 50: it can't fill what is behind that, so it is recovered first.
    master.kill()
    let program = try await Program.run(
      ["recover", "--from", cluster.followers[1].url, "--data-dir", master.dataDirectory], within: .seconds(60))
    #expect(program.exit == .status(0), "\(program)")
    try await master.start()
    #expect(
      await eventually(within: .seconds(20)) { try await follower.client.lastOffset() == Self.megabytes },
      "\(follower.process.stderr)")
    for node in cluster.nodes {
      let isSame = try await node.client.messages() == (1...Self.megabytes).map(Self.large)
      #expect(isSame)
    }
  }

  /// "What identifies a node (ids, promise) is kept twice": either copy may be lost, not both.
  @Test(arguments: ["node-a", "node-b"]) func eitherCopyOfTheNodesIdentityMayBeLost(name: String) async throws {
    let cluster = try await cluster()
    let before = try await cluster.followers[0].client.health()
    for (index, node) in cluster.nodes.enumerated() {
      node.kill()
      if index == 1 { try node.data.remove(name) } else { try node.data.flipBit(at: 50, in: name) }
      try await node.start()
    }
    #expect(await cluster.converges(to: Self.texts, within: .seconds(3)))
    #expect(try await cluster.followers[0].client.health()["node_id"] == before["node_id"])
    let follower = cluster.followers[1]
    follower.kill()
    for name in ["node-a", "node-b"] { try follower.data.flipBit(at: 50, in: name) }
    let program = try await Program.run(["follower", "--port", "0", "--data-dir", follower.dataDirectory])
    #expect(program.failedWithOneLine && program.stderr.contains("cannot tell who this node is"), "\(program)")
  }
}

extension Data {
  fileprivate func contains(_ text: String) -> Bool { range(of: Data(text.utf8)) != nil }
}
