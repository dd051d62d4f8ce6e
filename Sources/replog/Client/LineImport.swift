import Glibc
import Locking
import LogClient

/// `replog add -`: adds the lines of the standard input, batch by batch.
struct LineImport {
  let log: RemoteLog
  /// Of the whole input; each batch's number comes behind it.
  let key: String
  let writeConcern: WriteConcern?
  /// How long one batch may take.
  let limit: Duration
  let linesMax: Int
  let isJSON: Bool
  /// The command that goes on after a failure.
  let repetition: String

  /// How far it is, for who asks meanwhile.
  private let state = Locked(State())

  private static let pieceBytes = 256 << 10

  private struct State {
    var committedLines = 0
    /// Of the batch that is on its way.
    var sentLines: ClosedRange<Int>?
  }

  /// What is known at the moment, and how to go on. Any thread.
  @Sendable func interrupted() -> String {
    let state = state.withLock { $0 }
    let committed = state.committedLines
    let sent = state.sentLines.map { ", \(Self.name($0)) unknown" } ?? ""
    return "\(committed) line\(committed == 1 ? " is" : "s are") committed\(sent); to go on: \(repetition)"
  }

  private static func name(_ lines: ClosedRange<Int>) -> String {
    lines.count == 1 ? "line \(lines.lowerBound)" : "lines \(lines.lowerBound) to \(lines.upperBound)"
  }

  /// - Throws: `CommandFailure` at the first line that is no message, and at the first batch that isn't committed.
  func run() async throws {
    var batches = LineBatches(linesMax: linesMax)
    var done = Done()
    let output = StandardOutput()
    let progress = ImportProgress()
    defer { progress.clear() }
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    var isEnd = false
    while !isEnd {
      let count = try read(into: &piece, done)
      isEnd = count == 0
      var problem: LineBatches.LineError?
      do throws(LineBatches.LineError) {
        if isEnd { try batches.finish() } else { try batches.append(piece[..<count]) }
      } catch {
        problem = error
      }
      while let batch = batches.next() {
        try await add(batch, &done, output)
        progress.show(lines: done.lines, bytes: done.bytes)
      }
      if let problem { throw CommandFailure(.notWritten, "not written: \(problem); \(done.committed)") }
    }
    progress.clear()
    let summary = done.summary(writeConcern)
    if !isJSON { output.write(Array("\(summary)\n".utf8)) }
    // Only now: the rest of the lines matters more than what is told of them.
    do { try output.finish() } catch { throw CommandFailure(error, insteadOf: summary) }
  }

  private func read(into piece: inout [UInt8], _ done: Done) throws -> Int {
    while true {
      let count = piece.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress, $0.count) }
      if count >= 0 { return count }
      guard errno == EINTR else {
        throw CommandFailure(
          .notWritten, "the standard input can't be read: \(String(cString: strerror(errno))); \(done.committed)")
      }
    }
  }

  private func add(_ batch: LineBatches.Batch, _ done: inout Done, _ output: StandardOutput) async throws {
    let addition = Addition(batch.texts, isList: true, key: "\(key):\(batch.number)", writeConcern: writeConcern)
    state.withLock { $0.sentLines = batch.lines }
    let result = await log.add(addition, within: limit)
    if isJSON {
      output.write(result.jsonBytes(lines: batch.lines) + [UInt8(ascii: "\n")])
      output.flush()
    }
    guard result.outcome == .committed else {
      throw CommandFailure(result.outcome, "\(Self.name(batch.lines)): \(explanation(result)); \(done.committed)")
    }
    done.note(batch, result)
    state.withLock { $0 = State(committedLines: batch.lines.upperBound) }
  }

  private func explanation(_ result: AddResult) -> String {
    guard result.isOtherMessage else { return result.explanation(repetition: repetition) }
    // Another key would add twice what the first run added.
    return "not written: the key \(key) was used with other lines or another --batch; run it with the input and "
      + "--batch of the first time, another key adds all lines anew"
  }

  /// What is committed so far.
  struct Done {
    private(set) var lines = 0
    private(set) var bytes = 0
    private var replayed = 0
    private var batches = 0
    private var first: UInt64?
    private var last: UInt64?

    mutating func note(_ batch: LineBatches.Batch, _ result: AddResult) {
      lines += batch.lines.count
      bytes += batch.texts.reduce(0) { $0 + $1.count + 1 }
      batches += 1
      if result.isReplayed { replayed += batch.lines.count }
      first = first ?? result.offsets?.lowerBound
      last = result.offsets?.upperBound ?? last
    }

    /// For the end of an error's line.
    var committed: String {
      switch lines {
      case 0: "nothing was added before"
      case 1: "1 line before is committed"
      default: "\(lines) lines before are committed"
      }
    }

    /// For people, when all is done.
    func summary(_ writeConcern: WriteConcern?) -> String {
      guard let first, let last else { return "no lines, nothing added" }
      let known = replayed > 0 ? "; \(replayed) of them were there already" : ""
      let size = "\(lines) line\(lines == 1 ? "" : "s") in \(batches) batch\(batches == 1 ? "" : "es")"
      let place = first == last ? "offset \(first)" : "offsets \(first) to \(last)"
      return "\(size), \(place), held by \(AddResult.holders(writeConcern))\(known)"
    }
  }
}
