import Foundation
import Glibc
import Testing

/// "`--data-dir DIR` … One process per folder … Files are created with mode 0600 in a 0700 folder." "A read-only or foreign
/// folder, a format version from the future: one clear line, exit non-zero."
@Suite(.serialized) struct DataDirectoryTests {
  @Test(arguments: ["master", "follower"]) func aFolderInUse_IsOneLineAndAFailure(role: String) async throws {
    let node = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await node.start()
    #expect(try await node.client.add("a", w: 1).status == 200)
    let program = try await Program.run([role, "--port", "0", "--data-dir", node.dataDirectory])
    #expect(program.failedWithOneLine, "\(program)")
    #expect(program.stderr.contains("another process uses the folder \(node.dataDirectory)"), "\(program.stderr)")
    #expect(try await node.client.add("b", w: 1).status == 200)
    // The lock goes with the process, however it ends.
    node.kill()
    try await node.start()
    #expect(try await node.client.messages() == ["a", "b"])
  }

  @Test func aFolderWithOtherFiles_IsOneLineAndAFailure() async throws {
    let folder = try Folder()
    try Data("precious".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/thesis.txt"))
    let program = try await Program.run(["master", "--port", "0", "--data-dir", folder.path])
    #expect(program.failedWithOneLine, "\(program)")
    #expect(program.stderr.contains(folder.path) && program.stderr.contains("thesis.txt"), "\(program.stderr)")
    #expect(DataFolder(path: folder.path).names.filter { $0 != "lock" } == ["thesis.txt"])
  }

  @Test func aFolderThatIsAFile_IsOneLineAndAFailure() async throws {
    let folder = try Folder()
    try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder.path)/file"))
    for path in ["\(folder.path)/file", "\(folder.path)/file/below", "/proc/nowhere/data"] {
      let program = try await Program.run(["follower", "--port", "0", "--data-dir", path])
      #expect(program.failedWithOneLine && program.stderr.contains(path), "\(program)")
    }
  }

  /// Modes do not keep root from writing; a file system mounted read-only does.
  @Test(.enabled(if: SmallDisk.isPossible, "mounting a small disk needs root here"))
  func aReadOnlyFolder_IsOneLineAndAFailure() async throws {
    let disk = try SmallDisk(megabytes: 20)
    let node = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await node.start(["--data-dir", "\(disk.path)/data"])
    #expect(try await node.client.add("a", w: 1).status == 200)
    try await node.stop()
    try disk.makeReadOnly()
    for path in ["\(disk.path)/data", "\(disk.path)/other"] {
      let program = try await Program.run(["master", "--port", "0", "--data-dir", path])
      #expect(program.failedWithOneLine, "\(program)")
      #expect(program.stderr.contains(path) && program.stderr.contains("Read-only file system"), "\(program.stderr)")
    }
    // The tools only read.
    #expect(try await Program.run(["verify", "\(disk.path)/data"]).exit == .status(0))
    #expect(try await Program.run(["dump", "\(disk.path)/data"]).stdout == "1\t1\t\"a\"\n")
  }

  /// "A format version from the future is believed only with a valid checksum."
  @Test(arguments: ["node-a", "durable", "00000000000000000001.log"])
  func aLaterFormatVersion_IsOneLineAndAFailure(name: String) async throws {
    let node = try Cluster.Node(port: FreePort.take(), arguments: ["master"])
    try await node.start()
    #expect(try await node.client.add("a", w: 1).status == 200)
    try await node.stop()
    let bytes = try node.data.bytes(of: name)
    // The layout of a header: Sources/LogStorage/Files/Block.swift. Of the two slots of `durable`, either will do.
    var block = Array(bytes[..<DataFolder.headerBytes])
    block.replaceSubrange(8..<12, with: LittleEndian.bytes(UInt32(9)))
    block.replaceSubrange(16..<24, with: repeatElement(0, count: 8))
    block.replaceSubrange(16..<24, with: LittleEndian.bytes(Hash64.hash(block)))
    try node.data.write(block, at: 0, in: name)
    for command in [["master", "--port", "0", "--data-dir", node.dataDirectory], ["verify", node.dataDirectory]] {
      let program = try await Program.run(command)
      #expect(program.exit != .status(0), "\(program)")
      let words = program.stderr + program.stdout
      #expect(words.contains(name) && words.contains("version 9"), "\(program)")
      if command[0] == "master" { #expect(program.failedWithOneLine, "\(program)") }
    }
    // Without a valid checksum it is damage like any other.
    block[16] ^= 1
    try node.data.write(block, at: 0, in: name)
    let damaged = try await node.verify()
    #expect(!(damaged.stdout + damaged.stderr).contains("version 9"), "\(damaged)")
  }

  @Test func filesAreForTheirOwnerOnly() async throws {
    let folder = try Folder()
    let mask = umask(0)
    defer { umask(mask) }
    let node = try NodeProcess(["master", "--port", "0", "--data-dir", "\(folder.path)/above/data"])
    let client = NodeClient(url: "http://127.0.0.1:\(try await node.port())")
    #expect(try await client.add("a", w: 1).status == 200)
    let data = DataFolder(path: "\(folder.path)/above/data")
    #expect(Set(data.names).isSuperset(of: ["00000000000000000001.log", "durable", "lock", "node-a", "node-b"]))
    for name in data.names { #expect(try data.mode(of: name) == 0o600, "\(name)") }
    #expect(try data.mode(of: ".") == 0o700)
    #expect(try data.mode(of: "..") == 0o700)
  }

  /// "Default `./data/<role>-<port>` natively."
  @Test func theDefaultFolder_IsBelowTheCurrentOne() async throws {
    let folder = try Folder()
    let port = try FreePort.take()
    let process = try NodeProcess(
      ["follower", "--port", "\(port)"], environment: ["REPLOG_DATA_DIR": ""],
      under: ["sh", "-c", #"cd "$0" && exec "$@""#, folder.path])
    _ = try await process.port()
    #expect(DataFolder(path: "\(folder.path)/data/follower-\(port)").names.contains("node-a"))
    #expect(process.logLines.first { $0.message == "log opened" }?.facts["data_dir"] == "./data/follower-\(port)")
  }

  /// "`--sync never` (page cache only …; said in the log at start and in `/health`)": also what was never synced is there after
  /// a kill.
  @Test func withoutSync_ItIsSaid_AndAKilledNodeStillHasAll() async throws {
    let cluster = try await Cluster.start(delays: [0], masterOptions: ["--sync", "never"])
    #expect(try await cluster.master.client.health()["sync"]?.string == "never")
    #expect(try await cluster.followers[0].client.health()["sync"]?.string == "always")
    #expect(cluster.master.process.logLines.contains { $0.level == "warning" && $0.facts["sync"] == "never" })
    #expect(!cluster.followers[0].process.stderr.contains("sync=never"))
    try await cluster.master.client.addAll((1...500).map { "\($0)" }, w: 1)
    let texts = try await cluster.master.client.messages()
    cluster.master.kill()
    try await cluster.master.start()
    #expect(try await cluster.master.client.messages() == texts)
    #expect(await cluster.converges(to: texts, within: .seconds(2)))
  }
}
