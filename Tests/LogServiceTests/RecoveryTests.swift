import Foundation
import HTTPClient
import LogStorage
import ReplicationCore
import SimulatedDisk
import Testing

@testable import LogService

extension LogServiceTests {
  /// `replog recover`, in a folder of its own, from nodes that run.
  @Suite struct RecoveryTests {
    private static let texts = (1...200).map { "message \($0) " + String(repeating: "x", count: 200) }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
      let path = FileManager.default.temporaryDirectory.appending(path: "replog-recovery-\(UUID())").path()
      defer { try? FileManager.default.removeItem(atPath: path) }
      try await body(path)
    }

    /// Puts a log into a folder.
    private func fill(
      _ path: String, _ texts: [String], more: [String] = [], epoch: UInt64 = 1, promise: UInt64 = 1
    ) throws {
      let log = try DiskLog.open(in: SystemFileSystem.open(path), options: .small)
      try log.setIdentity(LogIdentity(log: .test, promise: .epoch(promise)))
      try log.fill(texts)
      try log.fill(more, epoch: epoch)
      log.close()
    }

    /// What a node would show that starts there.
    private func held(_ path: String) throws -> (identity: LogIdentity, texts: [String], trouble: LogTrouble?) {
      let log = try DiskLog.open(in: SystemFileSystem.open(path), options: .small)
      defer { log.close() }
      return (log.identity, try log.texts, log.trouble)
    }

    private func content(_ path: String) throws -> [String: Data] {
      var files: [String: Data] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: path) where name != "recovering" {
        // Not FileManager's contents: of an empty file it leaks a page, which AddressSanitizer tells.
        files[name] = try FileHandle(forReadingFrom: URL(filePath: "\(path)/\(name)")).readToEnd() ?? Data()
      }
      return files
    }

    @discardableResult
    private func recover(_ path: String, from urls: [String], _ cluster: Cluster) async throws -> [String] {
      var lines: [String] = []
      try await LogRecovery(urls: urls, path: path, client: cluster.http) { lines.append($0) }.run()
      return lines
    }

    @Test func aWipedFolderGetsTheLongestLog() async throws {
      try await withCluster { cluster in
        let followers = try [Array(Self.texts.prefix(50)), Self.texts].enumerated().map { index, texts in
          try cluster.follower(log: .started(on: .holding(texts, promise: UInt64(4 - index), options: .small)))
        }
        try await withFolder { path in
          let lines = try await recover(path, from: followers.map(\.url), cluster)
          let (identity, texts, _) = try held(path)
          #expect(texts == Self.texts)
          #expect(identity == LogIdentity(log: .test, promise: Mastership(epoch: Epoch(4), startID: 4)))
          #expect(lines.last == "nothing was there before")
          #expect(try !FileManager.default.contentsOfDirectory(atPath: path).contains { $0.hasPrefix("aside-") })
        }
      }
    }

    @Test func theMasterThenGoesOnWithIt() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: .holding(Self.texts, promise: 7)))
        try await withFolder { path in
          try await recover(path, from: [follower.url], cluster)
          let log = try DiskLog.open(in: SystemFileSystem.open(path), options: .test)
          try log.start()
          let master = try await cluster.master([follower.url], log: log)
          #expect(master.mastership.epoch == Epoch(8))
          #expect(try await cluster.client(master).add("more", w: 2).status == 200)
          #expect(try await cluster.client(follower).get("/messages").texts == Self.texts + ["more"])
          await master.stop()
          log.close()
        }
      }
    }

    /// In an early segment, and in the one in which the rest begins.
    @Test(arguments: [1, 4])
    func aDamagedFolderIsMendedAndItsOwnRestContinuesTheCopy(_ index: Int) async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: .holding(Array(Self.texts.prefix(90)))))
        try await withFolder { path in
          try fill(path, Self.texts)
          let segments = try content(path).keys.filter { $0.hasSuffix(".log") }.sorted()
          try damage("\(path)/\(segments[index])", at: 5_000)
          let before = try content(path)
          let lines = try await recover(path, from: [follower.url], cluster)
          let (_, texts, trouble) = try held(path)
          #expect(trouble == nil)
          #expect(texts == Self.texts, "the last 110 were only here")
          #expect(lines.contains("this folder's own log continues it to 200"))
          let aside = try content("\(path)/aside-recover-1")
          for name in segments { #expect(aside[name] == before[name], "set aside as it was") }
        }
      }
    }

    @Test func anOwnRestOfAnotherHistoryIsNotTakenOver() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(
          log: .started(
            on: .holding(promise: 3) { log in
              try log.fill(["a"])
              try log.fill(["b3", "c3"], epoch: 3)
            }))
        try await withFolder { path in
          try fill(path, ["a"], more: ["b2", "c2", "d2", "e2"], epoch: 2, promise: 2)
          try await recover(path, from: [follower.url], cluster)
          #expect(try held(path).texts == ["a", "b3", "c3"])
          #expect(try FileManager.default.contentsOfDirectory(atPath: path).contains("aside-recover-1"))
          // Again: what is set aside a second time gets a name of its own.
          try await recover(path, from: [follower.url], cluster)
          #expect(try FileManager.default.contentsOfDirectory(atPath: path).contains("aside-recover-2"))
          #expect(try held(path).texts == ["a", "b3", "c3"])
        }
      }
    }

    @Test func theLaterEpochWinsOverTheLongerLog() async throws {
      try await withCluster { cluster in
        let long = try cluster.follower(log: .started(on: .holding(["a", "b", "c", "d"])))
        let later = try cluster.follower(
          log: .started(
            on: .holding(promise: 2) { log in
              try log.fill(["a"])
              try log.fill(["x"], epoch: 2)
            }))
        try await withFolder { path in
          try await recover(path, from: [long.url, later.url], cluster)
          #expect(try held(path).texts == ["a", "x"])
        }
      }
    }

    @Test func withoutASourceOrWithSeveralLogsTheFolderStaysAsItWas() async throws {
      try await withCluster { cluster in
        let empty = try cluster.follower()
        let one = try cluster.follower(log: .started(on: .holding(["a"])))
        let other = try cluster.follower(log: .started(on: .holding(["x"], of: LogID(high: 2, low: 2))))
        let away = "http://127.0.0.1:\(try Cluster.freePort())"
        try await withFolder { path in
          try fill(path, ["a", "b"])
          let before = try content(path)
          await #expect(throws: RecoveryError.nothingFound) {
            try await recover(path, from: [empty.url, away], cluster)
          }
          await #expect(throws: RecoveryError.self) { try await recover(path, from: [one.url, other.url], cluster) }
          #expect(try content(path) == before)
          #expect(try held(path).texts == ["a", "b"])
        }
      }
    }

    @Test func aCopyThatBreaksOffLeavesTheFolderAsItWas() async throws {
      try await withCluster { cluster in
        let texts = (1...12).map { String(repeating: "\($0 % 10)", count: 1 << 20) }
        // A master: it keeps the damage, where a follower would set it aside.
        let disk = try SimulatedDisk.holding(texts)
        let log = try DiskLog.started(on: disk, options: .small)
        let source = try await cluster.master([], log: log)
        disk.damage(.zeros(disk.segments[0], 9_000_000..<9_000_100))
        try await withFolder { path in
          try fill(path, ["a", "b"])
          let before = try content(path)
          await #expect(throws: RecoveryError.self) { try await recover(path, from: [source.url], cluster) }
          #expect(try content(path) == before)
          #expect(try held(path).texts == ["a", "b"])
          // Another attempt is not disturbed by what the first one left.
          let good = try cluster.follower(log: .started(on: .holding(texts)))
          try await recover(path, from: [good.url], cluster)
          #expect(try held(path).texts == texts)
          #expect(!FileManager.default.fileExists(atPath: "\(path)/recovering"))
        }
      }
    }

    @Test func aFolderThatANodeUsesIsLeftAlone() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower(log: .started(on: .holding(["a"])))
        try await withFolder { path in
          let files = try SystemFileSystem.open(path)
          await #expect(throws: StorageError.self) { try await recover(path, from: [follower.url], cluster) }
          _ = files
        }
      }
    }

    private func damage(_ path: String, at position: UInt64) throws {
      let file = try FileHandle(forUpdating: URL(filePath: path))
      try file.seek(toOffset: position)
      let byte = try #require(try file.read(upToCount: 1))
      try file.seek(toOffset: position)
      try file.write(contentsOf: Data([byte[0] ^ 0x10]))
      try file.close()
    }
  }
}
