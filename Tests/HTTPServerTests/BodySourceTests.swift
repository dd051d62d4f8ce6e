import Locking
import Testing

@testable import HTTPServer

extension HTTPServerTests {
  @Suite struct BodySources {
    private struct Broken: Error {}

    private func read(_ source: BodySource, _ count: Int) -> (count: Int, bytes: [UInt8]) {
      var bytes = [UInt8](repeating: 0, count: count)
      let read = bytes.withUnsafeMutableBytes { source.read(into: $0) }
      return (read, Array(bytes.prefix(max(0, read))))
    }

    private func pieces(_ pieces: [[UInt8]?], breaking: Bool = false) -> BodySource {
      let rest = Locked(pieces[...])
      return BodySource {
        if breaking, rest.withLock(\.isEmpty) { throw Broken() }
        return rest.withLock { $0.popFirst() ?? nil }
      }
    }

    @Test func oneReadTakesAsManyPiecesAsThereIsRoomFor() {
      let source = pieces([[1, 2], [], [3], [4, 5, 6]])
      #expect(read(source, 5).bytes == [1, 2, 3, 4, 5])
      #expect(read(source, 5).bytes == [6])
      #expect(read(source, 5).count < 0)
      #expect(read(source, 5).count < 0, "the end is not asked for again")
    }

    /// What came before the error is sent: the client sees where it broke off.
    @Test func anErrorComesAfterTheBytesBeforeIt() {
      let source = pieces([[1, 2], [3]], breaking: true)
      #expect(read(source, 5).bytes == [1, 2, 3])
      let end = read(source, 5).count
      #expect(end < 0)
      #expect(end != read(pieces([]), 5).count, "a broken body does not end like a whole one")
    }
  }
}
