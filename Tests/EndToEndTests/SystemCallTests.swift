import Foundation
import Glibc
import Testing

/// "Files and directories are synced where their creation matters": what no kill can show, since the system keeps what was
/// written, is seen in the order of a node's system calls.
@Suite(.enabled(if: DiskFault.isPossible, "strace is missing here or may not attach to processes"))
struct SystemCallTests {
  /// The calls of a master's first start, some adds and its stop.
  private func callsOfAMaster() async throws -> [SystemCalls.Call] {
    let folder = try Folder()
    let trace = "\(folder.path)/calls"
    let master = try NodeProcess(
      ["master", "--port", "0", "--data-dir", "\(folder.path)/data"], under: SystemCalls.wrapper(writingTo: trace))
    let client = NodeClient(url: "http://127.0.0.1:\(try await master.port())")
    for number in 0..<5 { #expect(try await client.add("\(number)", w: 1).status == 200) }
    master.send(SIGTERM)
    #expect(try await master.waitForExit(within: .seconds(10)) == .status(0))
    // Its tracer ends a moment after it.
    #expect(
      await eventually(within: .seconds(5)) {
        try String(contentsOfFile: trace, encoding: .utf8).contains("+++ exited with 0 +++")
      })
    return try SystemCalls.read(trace)
  }

  @Test func namesAndContentsAreSyncedBeforeTheyMatter() async throws {
    let calls = try await callsOfAMaster()
    func index(after start: Int = -1, _ matches: (SystemCalls.Call) -> Bool) -> Int? {
      calls.indices.first { $0 > start && matches(calls[$0]) }
    }
    func folderSync(after start: Int) -> Int? { index(after: start) { $0.name == "fsync" && $0.files == ["data"] } }

    // A new segment: its header, then its name, then the first entry.
    let segment = "00000000000000000001.log"
    let created = try #require(
      calls.lastIndex { $0.name == "openat" && $0.arguments.contains("O_CREAT") && $0.files.contains(segment) })
    let header = try #require(
      index(after: created) { $0.name == "pwrite64" && $0.files == [segment] && $0.position == 0 })
    let headerSync = try #require(index(after: header) { $0.isSync && $0.files == [segment] })
    let nameSync = try #require(folderSync(after: created))
    let entry = try #require(
      index(after: created) {
        $0.name == "pwrite64" && $0.files == [segment] && $0.position ?? 0 >= DataFolder.headerBytes
      })
    #expect(headerSync < entry && nameSync < entry)

    // An identity: its content, then its name, and that before the first copy is followed by the second.
    let renames = calls.indices.filter {
      calls[$0].name.hasPrefix("renameat") && calls[$0].files.contains("node-a.new")
    }
    #expect(renames.count >= 2)
    for rename in renames {
      let written = try #require(
        calls[..<rename].lastIndex { $0.name == "pwrite64" && $0.files.contains("node-a.new") })
      #expect(calls[written..<rename].contains { $0.isSync && $0.files == ["node-a.new"] })
      let second = try #require(
        index(after: rename) { $0.files.contains("node-b.new") && $0.name.hasPrefix("renameat") })
      #expect(try #require(folderSync(after: rename)) < second)
      #expect(folderSync(after: second) != nil)
    }
    // The epoch is durable before the first entry is written.
    #expect(try #require(renames.last) < entry)

    // The mark says how far the log is durable: only after the sync of what it speaks of.
    var unsynced = false
    for call in calls[entry...] {
      if call.name == "pwrite64", call.files == [segment] { unsynced = true }
      if call.isSync, call.files == [segment] { unsynced = false }
      if call.name == "pwrite64", call.files == ["durable"] { #expect(!unsynced) }
    }
  }
}
