import Glibc

/// What a terminal can show, and anything else must not get.
enum Terminal {
  enum Colour: String {
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  /// Clears the screen and goes to its first line.
  static let clear = "\u{1B}[H\u{1B}[2J"
  /// Goes back to the beginning of the line and clears it.
  static let clearLine = "\r\u{1B}[K"

  static func isThere(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Whether colours are wanted: on a terminal that has them, unless `NO_COLOR` is set (https://no-color.org).
  static func hasColours(_ descriptor: Int32) -> Bool {
    let variables = ProcessEnvironment.variables
    return isThere(descriptor) && variables["NO_COLOR", default: ""].isEmpty && variables["TERM"] != "dumb"
  }

  static func text(_ text: String, _ colour: Colour) -> String { "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" }

  /// Writes to stderr.
  static func tell(_ text: String) {
    _ = Glibc.write(STDERR_FILENO, text, text.utf8.count)
  }
}
