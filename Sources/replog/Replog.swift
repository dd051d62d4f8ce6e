import ArgumentParser
import Glibc
import LogService

/// The program: one command per role, those of a client, and tools for a node's health and its folder.
@main
struct Replog: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replog",
    abstract: "A replicated log: one master, any number of followers, plain HTTP and JSON.",
    discussion: """
      Every option of the nodes, and --url, may also come from the environment, as REPLOG_ and its name: REPLOG_PORT for \
      --port, REPLOG_LOG_LEVEL for --log-level. The command line wins. REPLOG_FOLLOWERS holds the followers' URLs, separated \
      by commas.

      replog --generate-completion-script bash (or zsh, fish) prints a script with which the shell completes commands, options \
      and values.
      """,
    version: Version.current,
    groupedSubcommands: [
      CommandGroup(name: "Node", subcommands: [MasterCommand.self, FollowerCommand.self]),
      CommandGroup(
        name: "Client",
        subcommands: [AddCommand.self, ReadCommand.self, StatusCommand.self, ReceiptCommand.self]),
      CommandGroup(
        name: "Tool",
        subcommands: [
          HealthCommand.self, VerifyCommand.self, DumpCommand.self, RecoverCommand.self, BenchCommand.self,
        ]),
    ])

  /// Runs the command on other threads while this one, the main thread, waits for signals.
  ///
  /// Not `main() async`: the main thread would then sleep in `sigsuspend(2)` with no signal blocked, and the first SIGTERM
  /// would end the process.
  static func main() {
    Signals.prepare()
    Task.detached { await runCommand() }
    Signals.watch()
  }

  /// Runs the command and ends the process. An error is one line on stderr, and the exit status says that there was one.
  private static func runCommand() async -> Never {
    do {
      let arguments = Environment.arguments(CommandLine.arguments.dropFirst(), ProcessEnvironment.variables)
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      tell(oneLine(failure.message))
      exit(withError: failure.status)
    } catch let status as ExitCode {
      exit(withError: status)
    } catch {
      let status = exitCode(for: error)
      // Help and version come as errors that mean success.
      if status.isSuccess { exit(withError: error) }
      tell(explained(message(for: error)))
      exit(withError: status)
    }
    exit()
  }

  private static func tell(_ message: String) { Terminal.tell("replog: \(message)\n") }

  private static func oneLine(_ message: String) -> String {
    message.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// One line, with what the parser's own messages leave out: where an option came from, and where to read what is allowed.
  private static func explained(_ message: String) -> String {
    var text = oneLine(message)
    let refused = #/The value '(.*)' is invalid for '(\S+)(?: <.*>)?': (it must .*)/#
    if let match = text.wholeMatch(of: refused) { return "\(match.2) is '\(match.1)'; \(match.3)" }
    guard ["The value", "Missing", "Unknown", "Unexpected"].contains(where: text.hasPrefix) else { return text }
    if text.hasSuffix(".") { text.removeLast() }
    if let variable = Environment.variable(namedIn: text, CommandLine.arguments, ProcessEnvironment.variables) {
      text += ", which comes from \(variable)"
    }
    let commands = Self.configuration.subcommands.map { $0._commandName }
    let command = CommandLine.arguments.dropFirst().first { commands.contains($0) }
    return text + "; replog \(command.map { "\($0) " } ?? "")--help says what is allowed"
  }
}
