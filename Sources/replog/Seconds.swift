public import ArgumentParser
public import Logging
import ReplicationCore

/// A length of time on the command line: seconds, as a decimal number.
struct Seconds: ExpressibleByArgument, CustomStringConvertible {
  let interval: Interval

  /// - Parameter argument: 0 … 86,400, such as 5 or 0.25.
  init?(argument: String) {
    guard let value = Double(argument), value.isFinite, (0...86_400).contains(value) else { return nil }
    interval = Interval(nanoseconds: Int64(value * 1_000_000_000))
  }

  /// Reads an option's value, and says what is allowed.
  /// - Throws: `ValidationError`
  static func read(_ text: String) throws -> Self {
    guard let value = Self(argument: text) else {
      throw ValidationError("it must be a number of seconds from 0 to 86400, such as 5 or 0.25")
    }
    return value
  }

  init(_ interval: Interval) {
    self.interval = interval
  }

  /// As it is shown in the help.
  var defaultValueDescription: String { description }

  var description: String {
    let milliseconds = interval.milliseconds
    return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
