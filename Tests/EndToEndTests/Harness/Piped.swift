import Foundation
import Glibc

/// Runs of the program whose standard input, output or errors are something else than a file that the test reads.
enum Piped {
  /// Gives a program a text as its standard input.
  /// - Throws: ``HarnessError`` when it does not end in time.
  static func run(
    _ arguments: [String], input: [UInt8], within limit: Duration = .seconds(30)
  ) async throws -> Program {
    let (process, folder) = try start(arguments, input: input)
    defer { withExtendedLifetime(folder) {} }
    let exit = try await process.waitForExit(within: limit)
    return Program(exit: exit, stdout: process.stdout, stderr: process.stderr)
  }

  /// - Returns: the process, and the folder of its input, which the caller holds as long.
  static func start(_ arguments: [String], input: [UInt8]) throws -> (NodeProcess, Folder) {
    let folder = try Folder()
    let path = "\(folder.path)/input"
    try Data(input).write(to: URL(fileURLWithPath: path))
    return (try NodeProcess(arguments, under: ["sh", "-c", #"exec "$@" <"$0""#, path]), folder)
  }

  /// Runs it on a terminal, and keeps what the terminal got.
  /// - Parameters:
  ///   - environment: more variables.
  ///   - redirection: what goes where, with the terminal as `$0`.
  static func runOnTerminal(
    _ arguments: [String], environment: [String: String] = [:], _ redirection: String = #">"$0" 2>"$0""#
  ) async throws -> String {
    // As posix_openpt(3), unlockpt(3) and ptsname(3) do it, which Glibc's module doesn't have.
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK)
    var unlocked: Int32 = 0
    var number: Int32 = -1
    guard terminal >= 0, ioctl(terminal, setLock, &unlocked) == 0, ioctl(terminal, getNumber, &number) == 0 else {
      throw HarnessError("no terminal: \(String(cString: strerror(errno)))")
    }
    let name = "/dev/pts/\(number)"
    defer { close(terminal) }
    // Open as long as the test looks: else what was written goes with the program.
    let kept = open(name, O_RDWR | O_NOCTTY)
    defer { close(kept) }
    let process = try NodeProcess(
      arguments, environment: environment,
      under: ["sh", "-c", #"exec "$@" "# + redirection, name])
    _ = try await process.waitForExit(within: .seconds(30))
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(terminal, &piece, piece.count)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += piece[..<count]
    }
  }

  /// TIOCSPTLCK and TIOCGPTN, `ioctl_tty(2)`.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430
}
