public import ArgumentParser
public import Logging
import ReplicationCore

/// A length of time on the command line: seconds, as a decimal number.
struct Seconds: ExpressibleByArgument {
  let interval: Interval

  /// - Parameter argument: 0 … 86,400, such as 5 or 0.25.
  init?(argument: String) {
    guard let value = Double(argument), value.isFinite, (0...86_400).contains(value) else { return nil }
    interval = Interval(nanoseconds: Int64(value * 1_000_000_000))
  }

  /// What reads an option's value, and says what is allowed where it is no length of time.
  /// - Parameter allowed: the range in words, for the end of the error's line.
  static func reading(_ allowed: String) -> @Sendable (String) throws -> Self {
    { text in
      guard let value = Self(argument: text) else { throw ValidationError("it must be \(allowed) seconds") }
      return value
    }
  }

  init(_ interval: Interval) {
    self.interval = interval
  }

  /// As it is shown in the help.
  var defaultValueDescription: String {
    let milliseconds = interval.milliseconds
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
