import Foundation
import Glibc

/// The `curl` program, as the documents use it.
enum Curl {
  /// Runs it, silent but for the answer.
  ///
  /// - Parameter arguments: of one request.
  /// - Returns: what it printed.
  /// - Throws: ``HarnessError`` when it fails, or takes longer than 15 s.
  static func run(_ arguments: [String]) async throws -> String {
    let output = "\(NSTemporaryDirectory())/replog-e2e-curl-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let pid = try Spawn.start(
      ["curl", "-s", "-S", "--noproxy", "*", "-m", "10"] + arguments,
      environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], stdout: output,
      stderr: output)
    var status: Int32 = 0
    let hasEnded = await eventually(within: .seconds(15), every: .milliseconds(5)) {
      waitpid(pid, &status, WNOHANG) == pid
    }
    if !hasEnded {
      kill(pid, SIGKILL)
      waitpid(pid, &status, 0)
    }
    let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
    guard status == 0 else { throw HarnessError("curl \(arguments): \(text)") }
    return text
  }
}
