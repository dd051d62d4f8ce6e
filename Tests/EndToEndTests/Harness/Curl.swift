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
    try await run(command: ["curl", "-s", "-S", "--noproxy", "*", "-m", "10"] + arguments)
  }

  /// Runs a line that begins with `curl`, as a person pastes it into a shell: see ``run(_:)``.
  static func paste(_ line: String) async throws -> String {
    guard line.hasPrefix("curl ") else { throw HarnessError("not a line for curl: \(line)") }
    return try await run(command: ["sh", "-c", "curl -s -S --noproxy '*' -m 10 \(line.dropFirst(5))"])
  }

  private static func run(command: [String]) async throws -> String {
    let output = "\(NSTemporaryDirectory())/replog-e2e-curl-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: output) }
    let pid = try Spawn.start(
      command,
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
    guard status == 0 else { throw HarnessError("\(command): \(text)") }
    return text
  }
}
