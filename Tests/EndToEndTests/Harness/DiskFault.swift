import Foundation
import Glibc

/// System calls of a running node that fail, from now until `end`, by `strace -e inject=…`.
final class DiskFault {
  private static let environment = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
  private let folder: Folder
  private let pid: pid_t

  /// - Parameters:
  ///   - calls: what happens to which system call, such as `fdatasync:error=EIO`.
  ///   - node: running.
  ///   - file: only calls on this file of its folder.
  /// - Throws: ``HarnessError`` if strace doesn't attach.
  init(_ calls: [String], on node: Cluster.Node, file: String? = nil) async throws {
    folder = try Folder()
    let names = calls.map { $0.prefix { $0 != ":" } }.joined(separator: ",")
    var command = ["strace", "-f", "-p", "\(node.process.pid)", "-o", "\(folder.path)/calls", "-e", "trace=\(names)"]
    command += calls.flatMap { ["-e", "inject=\($0)"] }
    if let file { command += ["-P", "\(node.dataDirectory)/\(file)"] }
    pid = try Spawn.start(
      command, environment: Self.environment, stdout: "\(folder.path)/stdout", stderr: "\(folder.path)/stderr")
    guard await eventually(within: .seconds(5), every: .milliseconds(5), { words.contains("attached") }) else {
      end()
      throw HarnessError("strace: \(words)")
    }
  }

  deinit { end() }

  /// How many calls failed so far.
  var hits: Int {
    let calls = (try? String(contentsOfFile: "\(folder.path)/calls", encoding: .utf8)) ?? ""
    return calls.split(separator: "\n").count { $0.contains("(INJECTED)") }
  }

  private var words: String { (try? String(contentsOfFile: "\(folder.path)/stderr", encoding: .utf8)) ?? "" }

  /// Lets the node go: its calls are carried out again.
  func end() {
    // It is gone already, if the node is.
    kill(pid, SIGTERM)
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0, errno == EINTR {}
  }

  /// Whether strace is there and may attach to other processes.
  static let isPossible: Bool = {
    guard
      let sleeper = try? Spawn.start(
        ["sleep", "10"], environment: environment, stdout: "/dev/null", stderr: "/dev/null")
    else { return false }
    defer {
      kill(sleeper, SIGKILL)
      waitpid(sleeper, nil, 0)
    }
    guard
      let tracer = try? Spawn.start(
        ["timeout", "1", "strace", "-p", "\(sleeper)", "-e", "trace=none"], environment: environment,
        stdout: "/dev/null",
        stderr: "/dev/null")
    else { return false }
    var status: Int32 = 0
    // It traces until the time is over; what can't trace ends at once.
    return waitpid(tracer, &status, 0) == tracer && status >> 8 == 124
  }()
}
