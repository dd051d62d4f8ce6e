import ArgumentParser
import LogClient

/// How a command ends that did not do what it was asked for: a line for stderr, and an exit status that says more than 1.
struct CommandFailure: Error {
  let status: ExitCode
  /// What happened, in words.
  let message: String

  /// - Parameters:
  ///   - outcome: of what was asked for, any but `committed`.
  ///   - message: what happened, in words.
  init(_ outcome: Outcome, _ message: String) {
    status = ExitCode(outcome.exitStatus)
    self.message = message
  }

  /// - Parameters:
  ///   - failure: why the output could not be written.
  ///   - outcome: what it would have said, so that it is known all the same.
  init(_ failure: any Error, insteadOf outcome: String) {
    status = .failure
    message = "\(failure); \(outcome)"
  }
}
