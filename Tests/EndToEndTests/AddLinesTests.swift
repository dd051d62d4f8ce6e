import Foundation
import Glibc
import Testing

/// "`-` reads lines from stdin, batched, with a progress bar on a terminal."
@Suite(.serialized) struct AddLinesTests {
  private static let lines = (1...2_500).map { "line \($0)" }
  private static let input = Array((lines.joined(separator: "\n") + "\n").utf8)

  @Test func eachLineIsAMessage() async throws {
    let cluster = try await Cluster.start(delays: [])
    let add = ["add", "-", "--url", cluster.master.url]
    let some = try await Piped.run(add, input: Array("a\n\nc\"\tc".utf8))
    #expect(some.exit == .status(0) && some.stderr.isEmpty, "\(some)")
    #expect(some.stdout == "3 lines in 1 batch, offsets 1 to 3, held by a majority of the nodes\n")
    #expect(try await cluster.master.client.messages() == ["a", "", "c\"\tc"])
    let none = try await Piped.run(add, input: [])
    #expect(none.exit == .status(0) && none.stdout == "no lines, nothing added\n")
  }

  @Test func theSameCommandAgain_DoublesNothing() async throws {
    let cluster = try await Cluster.start(delays: [])
    let add = ["add", "-", "--url", cluster.master.url, "--key", "import"]
    // Broken off after two batches of three.
    let begun = try await Piped.run(
      add, input: Array(Self.input.prefix { _ in true }.prefix(Self.bytes(ofLines: 2_000))))
    #expect(begun.stdout.hasPrefix("2000 lines in 2 batches"), "\(begun)")
    for round in 1...2 {
      let all = try await Piped.run(add + ["--json"], input: Self.input)
      #expect(all.exit == .status(0), "\(all)")
      let batches = all.stdout.split(separator: "\n").compactMap { JSON(Array($0.utf8)) }
      #expect(batches.map { $0["key"]?.string } == ["import:1", "import:2", "import:3"])
      #expect(batches.map { $0["first_line"]?.int } == [1, 1001, 2001])
      #expect(batches.map { $0["replayed"] } == [.bool(true), .bool(true), .bool(round == 2)])
      #expect(batches.map { $0["last_offset"]?.int } == [1000, 2000, 2500])
    }
    let plain = try await Piped.run(add, input: Self.input)
    #expect(plain.stdout.hasSuffix("; 2500 of them were there already\n"), "\(plain)")
    #expect(try await cluster.master.client.messages() == Self.lines)
    // Other lines under the same key are refused, and say which.
    let other = try await Piped.run(add, input: Array("x\n".utf8))
    #expect(
      other.exit == .status(4) && other.failedWithOneLine && other.stderr.contains("line 1: not written"), "\(other)")
    let words = "the key import was used with other lines or another --batch"
    #expect(other.stderr.contains(words) && other.stderr.hasSuffix("; nothing was added before\n"), "\(other)")
    #expect(!other.stderr.contains("use another key"))
    let otherBatch = try await Piped.run(add + ["--batch", "500"], input: Self.input)
    #expect(otherBatch.exit == .status(4) && otherBatch.stderr.contains(words), "\(otherBatch)")
    #expect(try await cluster.master.client.messages() == Self.lines)
  }

  private static func bytes(ofLines count: Int) -> Int { lines[..<count].reduce(0) { $0 + $1.utf8.count + 1 } }

  /// With lost answers, and a client that is killed in the middle.
  @Test func aClientThatIsKilled_GoesOnWhereItWas() async throws {
    let cluster = try await Cluster.start(delays: [])
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    let add = ["add", "-", "--url", proxy.url, "--key", "import", "--batch", "10"]
    // Carried out, and killed before it knows.
    try proxy.set(.swallowAnswer, on: .posts)
    let (first, firstFolder) = try Piped.start(add, input: Self.input)
    #expect(await eventually(within: .seconds(10)) { try await cluster.master.client.messages().count == 10 })
    first.kill()
    try proxy.set(.pass)
    withExtendedLifetime(firstFolder) {}
    for round in 1...3 {
      let (process, folder) = try Piped.start(add, input: Self.input)
      let wanted = round * 500
      #expect(await eventually(within: .seconds(10)) { try await cluster.master.client.messages().count >= wanted })
      try proxy.set(.loseAnswer, on: .posts)
      let hits = proxy.hitCount
      #expect(await eventually(within: .seconds(10)) { proxy.hitCount > hits || !process.isRunning })
      process.kill()
      try proxy.set(.pass)
      withExtendedLifetime(folder) {}
    }
    #expect(try await Piped.run(add, input: Self.input).exit == .status(0))
    #expect(try await cluster.master.client.messages() == Self.lines)
  }

  @Test func aLineThatIsNoMessage_IsNamed_WithWhatIsCommitted() async throws {
    let cluster = try await Cluster.start(delays: [])
    let add = ["add", "-", "--url", cluster.master.url, "--batch", "2"]
    let wrong = try await Piped.run(add, input: Array("a\nb\nc\n".utf8) + [0xC3, 0x28, 0x0A])
    #expect(wrong.exit == .status(4) && wrong.failedWithOneLine, "\(wrong)")
    #expect(wrong.stderr.contains("line 4 is not UTF-8; 2 lines before are committed"))
    #expect(try await cluster.master.client.messages() == ["a", "b"])
    let small = try Cluster.Node(port: FreePort.take(), arguments: ["master", "--body-limit", "100"])
    try await small.start()
    let long = try await Piped.run(
      ["add", "-", "--url", small.url, "--batch", "1"], input: Array("a\n".utf8) + [UInt8](repeating: 0x78, count: 200))
    #expect(long.exit == .status(4) && long.failedWithOneLine, "\(long)")
    #expect(
      long.stderr.contains("line 2: not written: the body is too large") && long.stderr.contains("; 1 line before"))
  }

  @Test func severalTextsAreOneList() async throws {
    let cluster = try await Cluster.start()
    let add = ["add", "a", "b", "c", "--url", cluster.master.url, "--key", "k", "-w", "all"]
    #expect(try await Program.run(add).stdout == "offsets 1 to 3, held by all nodes\n")
    let words = try await Program.run(add)
    #expect(words.stdout == "offsets 1 to 3, held by all nodes; they were there already\n")
    let again = try await Program.run(add + ["--json"])
    let object = try #require(JSON(Array(again.stdout.utf8)))
    #expect(object["offset"]?.int == 1 && object["last_offset"]?.int == 3 && object["replayed"] == .bool(true))
    #expect(try await cluster.master.client.messages() == ["a", "b", "c"])
  }

  @Test func theBarIsOnlyOnATerminal() async throws {
    let cluster = try await Cluster.start(delays: [])
    let folder = try Folder()
    try Data(Self.input).write(to: URL(fileURLWithPath: "\(folder.path)/input"))
    let add = ["add", "-", "--url", cluster.master.url]
    let shown = try await Piped.runOnTerminal(add, #"<\#(folder.path)/input >/dev/null 2>"$0""#)
    #expect(
      shown.contains("[") && shown.contains(" lines/s") && shown.hasSuffix("\r\u{1B}[K"), "\(shown.debugDescription)")
    #expect(try await Piped.run(add, input: Self.input).stderr.isEmpty)
  }
}
