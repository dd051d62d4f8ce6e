import ArgumentParser
import Glibc
import LogStorage
import ReplicationCore

/// `replog verify DIR`: whether a node's log is whole.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a node's log: every record, hash and sequence. Only reads.",
    discussion: "Exits with 0 if the log is whole (a torn tail after a crash is no damage), with 1 if it is damaged.")

  @Argument(help: "The folder of the node's log, its --data-dir.", completion: .directory)
  var directory: String

  func run() throws {
    let bar = ProgressBar()
    let report = try LogFolder.read(directory) { files in
      try Verify.run(files) { done, total in bar.show(done, of: total) }
    }
    bar.clear()
    let output = StandardOutput()
    func print(_ line: String) { output.write(Array("\(line)\n".utf8)) }
    for problem in report.problems { print("damaged: \(problem)") }
    for remark in report.remarks { print("remark: \(remark)") }
    if let torn = report.tornTail { print("torn tail, cut by the next start: \(torn)") }
    if let identity = report.identity {
      print("log \(identity.log), epoch \(identity.promise.epoch), node \(report.node.map { "\($0)" } ?? "unknown")")
    }
    let segments = "\(report.segments) segment\(report.segments == 1 ? "" : "s")"
    let size = "\(report.entries) entries, \(report.bytes) bytes, \(segments)"
    let hash = report.end.map { String($0.hash, radix: 16) } ?? "none"
    print("\(size); last offset \(report.last), durable \(report.durable.map { "\($0)" } ?? "unknown"), hash \(hash)")
    print(report.isWhole ? "the log is whole" : "the log is damaged")
    try output.finish()
    if !report.isWhole { throw ExitCode.failure }
  }
}

/// How far a long check is, on a terminal only.
private final class ProgressBar {
  private static let width = 40
  private let isShown = Terminal.isThere(STDERR_FILENO)
  private var percentShown = -1

  func show(_ done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let percent = done * 100 / total
    guard percent != percentShown else { return }
    percentShown = percent
    let full = percent * Self.width / 100
    Terminal.tell(
      "\r[\(String(repeating: "#", count: full))\(String(repeating: " ", count: Self.width - full))] \(percent) %")
  }

  func clear() {
    if percentShown >= 0 { Terminal.tell(Terminal.clearLine) }
  }
}
