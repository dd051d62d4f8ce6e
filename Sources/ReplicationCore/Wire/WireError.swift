/// Why bytes from another node are not what they should be.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The bytes end in the middle of something, or go on after the end.
  case truncated
  /// They do not begin as this kind of message does.
  case notThisFormat
  /// A version that this program doesn't know.
  case unknownVersion(UInt16)
  /// A field holds what it can't hold; the text says which.
  case invalid(String)

  /// For people.
  public var description: String {
    switch self {
    case .truncated: "it ends in the middle of something, or goes on after its end"
    case .notThisFormat: "it does not begin as one"
    case .unknownVersion(let version): "version \(version) is unknown"
    case .invalid(let what): what
    }
  }
}
