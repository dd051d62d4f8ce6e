internal import Glibc

/// Calls that report errors by -1 and `errno`.
enum SystemCall {
  /// Makes a call, again when a signal interrupted it.
  /// - Parameters:
  ///   - operation: what it does, for the error.
  ///   - name: the file's name; empty for the folder.
  /// - Returns: what the call returned, not negative.
  @discardableResult
  static func retrying<Result: SignedInteger>(
    _ operation: String, _ name: String, _ call: () -> Result
  ) throws(FileError) -> Result {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { throw FileError(operation: operation, name: name, code: code) }
    }
  }
}
