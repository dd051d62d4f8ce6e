import Foundation
import Glibc
import Locking

/// One real process of `replog`, killed at the latest when the last reference goes.
final class NodeProcess: Sendable {
  /// How a process ended.
  enum Exit: Equatable, Sendable {
    /// It ended by itself, with this status.
    case status(Int32)
    /// This signal ended it.
    case signal(Int32)
  }

  /// The program under test: `REPLOG_BINARY`, else the one built beside the tests.
  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["REPLOG_BINARY"], !path.isEmpty { return path }
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return "\((tests as NSString).deletingLastPathComponent)/replog"
  }()

  let pid: pid_t
  private let directory: String
  private let exit = Locked<Exit?>(nil)

  /// Starts the program.
  ///
  /// - Parameters:
  ///   - arguments: such as `["master", "--port", "0"]`.
  ///   - environment: added to an environment that has only what the program needs to start.
  ///   - wrapper: a command that runs the program in its own place (`exec`), such as `["unshare", "-m", …]`.
  /// - Throws: ``HarnessError`` when it does not start.
  init(_ arguments: [String], environment: [String: String] = [:], under wrapper: [String] = []) throws {
    directory = "\(NSTemporaryDirectory())/replog-e2e-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    var variables = ProcessInfo.processInfo.environment.filter { Self.variablesKept.contains($0.key) }
    // Its data go with the process, unless the test says where they are to stay.
    variables["REPLOG_DATA_DIR"] = "\(directory)/data"
    variables.merge(environment) { $1 }
    pid = try Spawn.start(
      wrapper + [Self.binary] + arguments, environment: variables, stdout: "\(directory)/stdout",
      stderr: "\(directory)/stderr")
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Nothing that changes what `replog` does: no `REPLOG_…`, no proxy.
  private static let variablesKept: Set<String> = ["PATH", "HOME", "LD_LIBRARY_PATH", "TSAN_OPTIONS", "ASAN_OPTIONS"]

  // MARK: Signals and the end

  /// Sends a signal, unless the process is gone.
  func send(_ signal: Int32) {
    if isRunning { Glibc.kill(pid, signal) }
  }

  /// Ends it at once, stopped or not, and waits until it is gone.
  func kill() {
    send(SIGKILL)
    while isRunning { usleep(1000) }
  }

  /// Whether it has not ended yet.
  var isRunning: Bool { exitNow() == nil }

  /// How it ended, nil while it runs.
  func exitNow() -> Exit? {
    exit.withLock { exit in
      if let exit { return exit }
      var status: Int32 = 0
      // Under the lock, so that no signal is ever sent to a pid that was reaped.
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      let signal = status & 0x7f
      exit = signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal)
      return exit
    }
  }

  /// Waits for the end.
  /// - Throws: ``HarnessError`` when it still runs after that time.
  func waitForExit(within limit: Duration) async throws -> Exit {
    await eventually(within: limit, every: .milliseconds(5)) { !isRunning }
    guard let exit = exitNow() else {
      throw HarnessError("process \(pid) still runs after \(limit.inSeconds) s; its log:\n\(stderr)")
    }
    return exit
  }

  // MARK: What it wrote

  /// What it wrote to stderr so far: its log lines.
  var stderr: String { read("stderr") }

  /// What it wrote to stdout so far.
  var stdout: String { read("stdout") }

  /// The complete lines of its log so far.
  var lines: [Substring] {
    let text = stderr
    let lines = text.split(separator: "\n")
    return text.hasSuffix("\n") ? lines : lines.dropLast()
  }

  private func read(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: "\(directory)/\(name)") ?? Data(), as: UTF8.self)
  }

  /// Waits for its "started" line.
  /// - Returns: the port in it.
  /// - Throws: ``HarnessError`` when it ends or stays silent.
  func port(within limit: Duration = .seconds(15)) async throws -> Int {
    await eventually(within: limit, every: .milliseconds(5)) { portLogged != nil || !isRunning }
    guard let port = portLogged else { throw HarnessError("\(Self.binary) did not start: \(stderr)") }
    return port
  }

  private var portLogged: Int? {
    lines.lazy.compactMap { line in
      line.firstMatch(of: #/ started url=http://\S+:(\d+) /#).flatMap { Int($0.output.1) }
    }.first
  }
}
