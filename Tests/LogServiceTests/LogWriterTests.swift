import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct LogWriterTests {
    private static let line = Array((String(repeating: "x", count: 1023) + "\n").utf8)

    /// Reads until the text satisfies the condition.
    private func read(_ pipe: Pipe, _ what: Comment, until isComplete: (String) -> Bool) async throws -> String {
      var bytes: [UInt8] = []
      try await eventually(what) {
        bytes += pipe.read()
        return isComplete(String(decoding: bytes, as: UTF8.self))
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    @Test func linesComeOutWholeAndInTheirOrder() async throws {
      let pipe = try Pipe()
      let writer = LogWriter(descriptor: pipe.writingEnd)
      let lines = (1...1_000).map { "line \($0)\n" }
      for line in lines { writer.write(Array(line.utf8)) }
      let text = try await read(pipe, "all lines come") { $0.utf8.count >= lines.joined().utf8.count }
      #expect(text == lines.joined())
    }

    @Test func linesOfManyThreadsAreNotMixed() async throws {
      let pipe = try Pipe()
      let writer = LogWriter(descriptor: pipe.writingEnd)
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<8 {
          group.addTask {
            for _ in 0..<100 { writer.write(Array((String(repeating: "\(number)", count: 40) + "\n").utf8)) }
          }
        }
      }
      let text = try await read(pipe, "all lines come") { $0.utf8.count >= 800 * 41 }
      #expect(text.split(separator: "\n").allSatisfy { $0.count == 40 && Set($0).count == 1 })
    }

    @Test func writingNeverBlocksAndWhatDoesNotFitIsCounted() async throws {
      let pipe = try Pipe()
      let writer = LogWriter(descriptor: pipe.writingEnd)
      let written = 3 * LogWriter.bufferBytesMax / Self.line.count
      let start = ContinuousClock.now
      // Nobody reads: the pipe holds 64 KiB, the writer its limit and what it has in hand.
      for _ in 0..<written { writer.write(Self.line) }
      #expect(ContinuousClock.now - start < .seconds(5))
      let flushed = ContinuousClock.now
      writer.flush()
      let time = ContinuousClock.now - flushed
      #expect(time > .milliseconds(900) && time < .seconds(3), "it gives up after a second")
      let words = " log lines dropped: the log was not read fast enough)"
      var lines = 0
      var dropped = 0
      var bytes: [UInt8] = []
      // One notice for each time that the buffer was full. Lines may follow the last one: the writer's queue starts when it likes.
      try await eventually("the reader is back, and every line is there or counted") {
        let more = pipe.read()
        bytes += more
        // Looked through only when nothing more is there just now: it takes long.
        guard more.isEmpty, bytes.last == UInt8(ascii: "\n") else { return false }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        lines = parts.count { $0.utf8.count == 1023 }
        dropped = parts.compactMap { $0.hasSuffix(words) ? Int($0.dropFirst().prefix { $0 != " " }) : nil }.reduce(0, +)
        return lines + dropped == written
      }
      #expect(dropped > 0)
      #expect(lines + dropped == written)
    }

    @Test func aFlushOfWhatFitsIsQuickAndComplete() throws {
      let pipe = try Pipe()
      let writer = LogWriter(descriptor: pipe.writingEnd)
      for _ in 0..<10 { writer.write(Self.line) }
      writer.flush()
      #expect(pipe.read().count == 10 * Self.line.count)
    }

    @Test func aDescriptorThatSomebodyMadeNonBlockingLosesNothing() async throws {
      let pipe = try Pipe()
      pipe.makeWritingNonBlocking()
      let writer = LogWriter(descriptor: pipe.writingEnd)
      let written = 1_000
      for _ in 0..<written { writer.write(Self.line) }
      let text = try await read(pipe, "all lines come") { $0.utf8.count >= written * Self.line.count }
      #expect(text.utf8.count == written * Self.line.count)
    }
  }
}
