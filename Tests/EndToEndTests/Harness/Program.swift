/// A run of the program that ends by itself.
struct Program {
  let exit: NodeProcess.Exit
  let stdout: String
  let stderr: String

  /// Whether it failed and said why on exactly one line of stderr.
  var failedWithOneLine: Bool {
    let lineCount = stderr.split(separator: "\n").count
    return exit != .status(0) && lineCount == 1 && stderr.hasSuffix("\n") && stderr.hasPrefix("replog: ")
      && stdout.isEmpty
  }

  /// Runs the program to its end.
  /// - Throws: ``HarnessError`` when it does not end in time: it runs as a node, say.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(20)
  ) async throws -> Program {
    let process = try NodeProcess(arguments, environment: environment)
    let exit = try await process.waitForExit(within: limit)
    return Program(exit: exit, stdout: process.stdout, stderr: process.stderr)
  }
}
