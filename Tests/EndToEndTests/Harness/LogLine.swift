/// A log line, taken apart. What does not have the one form that all lines have is none.
struct LogLine: Sendable {
  let time: String
  let node: String
  let level: String
  let message: String
  let facts: [String: String]

  /// - Parameter line: without its line break; nil when it is not in the form.
  init?(_ line: some StringProtocol) {
    let form =
      #/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) (trace|debug|info|notice|warning|error|critical) ([^="]*?[^=" ])((?: [a-z_]+=(?:"(?:[^"\\]|\\.)*"|[^\s"]+))*)/#
    guard let match = String(line).wholeMatch(of: form) else { return nil }
    time = String(match.1)
    node = String(match.2)
    level = String(match.3)
    message = String(match.4)
    var facts: [String: String] = [:]
    for fact in String(match.5).matches(of: #/ ([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))/#) {
      facts[String(fact.1)] = String(fact.2 ?? fact.3 ?? "")
    }
    self.facts = facts
  }
}

extension NodeProcess {
  /// The complete lines of its log so far that have the form of log lines.
  var logLines: [LogLine] { lines.compactMap { LogLine($0) } }
}
