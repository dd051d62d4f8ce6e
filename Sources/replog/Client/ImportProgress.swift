import Glibc

/// How far the lines of the standard input are, on a terminal only: how many, how fast, and of a file how much of it.
final class ImportProgress {
  private static let width = 30
  private static let pause = Duration.milliseconds(100)
  private let isShown = Terminal.isThere(STDERR_FILENO)
  private let begin = ContinuousClock.now
  private var shown: ContinuousClock.Instant?
  /// The size of a file; 0 of anything else.
  private let total: Int

  init() {
    var status = stat()
    total = fstat(STDIN_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
  }

  /// - Parameters:
  ///   - lines: committed so far.
  ///   - bytes: of them.
  func show(lines: Int, bytes: Int) {
    let now = ContinuousClock.now
    guard isShown, shown.map({ now - $0 >= Self.pause }) ?? true else { return }
    shown = now
    let rate = Int(Double(lines) / max((now - begin) / .seconds(1), 0.001))
    Terminal.tell("\(Terminal.clearLine)\(Self.bar(bytes, of: total))\(lines) lines, \(rate) lines/s")
  }

  func clear() {
    if shown != nil { Terminal.tell(Terminal.clearLine) }
    shown = nil
  }

  private static func bar(_ done: Int, of total: Int) -> String {
    guard total > 0 else { return "" }
    let full = min(done, total) * width / total
    let bar = String(repeating: "#", count: full) + String(repeating: " ", count: width - full)
    return "[\(bar)] \(min(done, total) * 100 / total) %  "
  }
}
