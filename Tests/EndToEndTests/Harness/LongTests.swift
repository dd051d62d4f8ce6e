import Foundation

/// Tests that take minutes run only when they are asked for.
enum LongTests {
  /// `REPLOG_LONG=1`.
  static var areEnabled: Bool { ProcessInfo.processInfo.environment["REPLOG_LONG"] == "1" }
}
