import Foundation
import Glibc
import Testing

/// "Tools, offline, without a server: `replog verify DIR` … and `replog dump DIR [--from N] [--limit N] [--json]`. Both only
/// read."
@Suite(.serialized) struct ToolsTests {
  /// A master that was stopped, with these messages.
  private func stoppedMaster(_ texts: [String]) async throws -> Cluster.Node {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start()
    for text in texts { #expect(try await master.client.add(text, w: 1).status == 200) }
    try await master.stop()
    return master
  }

  @Test func verify_SaysWhetherALogIsWhole() async throws {
    let master = try await stoppedMaster((1...10).map { "message \($0)" })
    let data = master.data
    let segment = try #require(data.segments.first)
    let before = try data.names.map { try data.bytes(of: $0) }
    let whole = try await master.verify()
    #expect(whole.exit == .status(0))
    #expect(whole.stdout.contains("10 entries") && whole.stdout.contains(", 1 segment; "))
    #expect(whole.stdout.hasSuffix("the log is whole\n"), "\(whole)")
    #expect(whole.stdout.contains("last offset 10, durable 10"), "\(whole)")
    // No bar where nobody looks at it.
    #expect(whole.stderr.isEmpty)

    let end = try data.entriesEnd(in: segment)
    try data.write([1, 2, 3], at: end, in: segment)
    let torn = try await master.verify()
    #expect(torn.exit == .status(0))
    #expect(torn.stdout.contains("torn tail") && torn.stdout.contains("3 bytes from entry 11 on"), "\(torn)")
    try data.write([0, 0, 0], at: end, in: segment)
    #expect(try data.names.map { try data.bytes(of: $0) } == before, "verify wrote something")

    let position = try data.position(of: "message 4", in: segment)
    try data.flipBit(at: position, in: segment)
    let damaged = try await master.verify()
    #expect(damaged.exit == .status(1) && damaged.stderr.isEmpty, "\(damaged)")
    #expect(damaged.stdout.contains("damaged: \(segment), byte ") && damaged.stdout.contains("entry 4"), "\(damaged)")
    #expect(damaged.stdout.hasSuffix("the log is damaged\n"))
  }

  @Test func dump_ShowsWhatALogHolds() async throws {
    let texts = ["one", "", "two\nlines \"quoted\"", "\u{1F600}", "five"]
    let master = try await stoppedMaster(texts)
    let directory = master.dataDirectory
    #expect(try await master.dumpedTexts() == texts)
    let plain = try await Program.run(["dump", directory])
    #expect(plain.stdout.hasPrefix("1\t1\t\"one\"\n2\t1\t\"\"\n3\t1\t\"two\\nlines \\\"quoted\\\"\"\n"), "\(plain)")
    let part = try await Program.run(["dump", directory, "--from", "2", "--limit", "3", "--json"])
    let objects = part.stdout.split(separator: "\n").compactMap { JSON(Array($0.utf8)) }
    #expect(objects.map { $0["offset"]?.int } == [2, 3, 4])
    #expect(objects.allSatisfy { $0["epoch"]?.int == 1 && $0["time"]?.int ?? 0 > 1_600_000_000_000 })
    let beyond = try await Program.run(["dump", directory, "--from", "6"])
    #expect(beyond.exit == .status(0) && beyond.stdout.isEmpty)
    // A segment of it, as a file.
    let segment = try #require(master.data.segments.first)
    let file = try await Program.run(["dump", "\(directory)/\(segment)", "--limit", "1"])
    #expect(file.stdout == "1\t1\t\"one\"\n")

    try master.data.flipBit(at: master.data.position(of: "five", in: segment), in: segment)
    let damaged = try await Program.run(["dump", directory])
    #expect(damaged.exit != .status(0) && damaged.stdout.split(separator: "\n").count == 4)
    #expect(damaged.stderr.hasPrefix("replog: ") && damaged.stderr.contains("damaged at offset 5"), "\(damaged)")
  }

  /// Both work beside the node that uses the folder.
  @Test func aRunningNodesFolderCanBeLookedAt() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await master.start()
    #expect(try await master.client.add("a", w: 1).status == 200)
    #expect(try await master.verify().exit == .status(0))
    #expect(try await master.dumpedTexts() == ["a"])
    #expect(try await master.client.add("b", w: 1).status == 200)
  }

  @Test func aFolderWithoutALog_IsOneLineAndAFailure() async throws {
    let folder = try Folder()
    for command in ["verify", "dump"] {
      let empty = try await Program.run([command, folder.path])
      #expect(empty.failedWithOneLine && empty.stderr.contains("\(folder.path): it holds no log"), "\(empty)")
      let missing = try await Program.run([command, "\(folder.path)/missing"])
      #expect(missing.failedWithOneLine && missing.stderr.contains("\(folder.path)/missing"), "\(missing)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// "`replog recover`" of a node that still runs, from nobody, and from two logs.
  @Test func recover_RefusesWhatItMustNotDo() async throws {
    let master = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    let other = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    for node in [master, other] {
      try await node.start()
      #expect(try await node.client.add("a", w: 1).status == 200)
    }
    let running = try await Program.run(["recover", "--from", other.url, "--data-dir", master.dataDirectory])
    #expect(running.exit != .status(0) && running.stderr.contains("another process uses the folder"), "\(running)")
    let folder = try Folder()
    let nobody = try await Program.run(
      ["recover", "--from", "http://127.0.0.1:\(try FreePort.take())", "--data-dir", "\(folder.path)/data"])
    #expect(nobody.exit != .status(0) && nobody.stderr.contains("none of the nodes holds a log"), "\(nobody)")
    let several = try await Program.run(
      ["recover", "--from", master.url, "--from", other.url, "--data-dir", "\(folder.path)/data"])
    #expect(several.exit != .status(0) && several.stderr.contains("hold different logs"), "\(several)")
    #expect(try await master.client.messages() == ["a"])
  }
}
