import Glibc

/// An `errno` with the system's words for it.
struct SystemError: Error, CustomStringConvertible {
  let code: Int32

  /// The one that the last failed call left.
  static var last: SystemError { SystemError(code: errno) }

  var description: String { String(cString: strerror(code)) }
}
