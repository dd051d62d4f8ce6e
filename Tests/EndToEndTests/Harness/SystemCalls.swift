import Foundation

/// What a node does with its files, in order, as `strace -f -y` writes it down.
enum SystemCalls {
  struct Call: Sendable {
    /// Such as `pwrite64`.
    let name: String
    /// The last parts of the paths that it is about: of a descriptor, or as given.
    let files: [String]
    /// All that stands between the parentheses.
    let arguments: String

    /// A `pwrite64`'s last argument.
    var position: Int? { arguments.split(separator: " ").last.flatMap { Int($0) } }
    var isSync: Bool { name == "fsync" || name == "fdatasync" }
  }

  private static let calls = "openat,pwrite64,fdatasync,fsync,renameat,renameat2,unlinkat"

  /// Runs a node so that its calls go to a file. The node stays the child of the tests, and its tracer goes with it.
  static func wrapper(writingTo path: String) -> [String] {
    ["strace", "-D", "-f", "-y", "-s", "0", "-e", "trace=\(calls)", "-e", "signal=none", "-o", path]
  }

  /// The calls that succeeded: a sync where it ended, everything else where it began.
  static func read(_ path: String) throws -> [Call] {
    var calls: [Call] = []
    var begun: [Substring: Substring] = [:]
    for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
      guard let pid = line.split(separator: " ").first else { continue }
      let rest = line.dropFirst(pid.count).drop { $0 == " " }
      if rest.hasSuffix("<unfinished ...>") {
        let call = rest.dropLast(" <unfinished ...>".count)
        begun[pid] = call
        if let call = Self.call(call), !call.isSync { calls.append(call) }
      } else if rest.hasPrefix("<... ") {
        if let call = begun.removeValue(forKey: pid).flatMap({ Self.call($0) }), call.isSync, rest.hasSuffix("= 0") {
          calls.append(call)
        }
      } else if !rest.contains(" = -1 "), let call = Self.call(rest) {
        calls.append(call)
      }
    }
    return calls
  }

  private static func call(_ text: Substring) -> Call? {
    guard let match = text.firstMatch(of: #/^(\w+)\((.*)/#) else { return nil }
    let arguments = String(match.2.firstMatch(of: #/^(.*)\) += \S.*$/#)?.1 ?? match.2)
    let files = arguments.matches(of: #/<([^<>]*)>|"([^"]*)"/#).compactMap {
      ($0.1 ?? $0.2)?.split(separator: "/").last
    }
    return Call(name: String(match.1), files: files.map { String($0) }, arguments: arguments)
  }
}
