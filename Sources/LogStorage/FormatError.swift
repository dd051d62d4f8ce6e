/// Why a block that says what a file is can't be read.
public enum FormatError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file ends before the block does.
  case truncated
  /// Nothing but zeros: it was never written.
  case zeros
  /// The checksum over the whole block is wrong: what else it says is not believed.
  case broken
  /// It is whole, and not of this kind.
  case notThisFormat
  /// It is whole, and a later program wrote it.
  case futureVersion(UInt32)
  /// It is whole and says what can't be.
  case invalid(String)

  /// For people.
  public var description: String {
    switch self {
    case .truncated: "the file ends within its header"
    case .zeros: "the header holds only zeros"
    case .broken: "the checksum of the header is wrong"
    case .notThisFormat: "the header is that of another kind of file"
    case .futureVersion(let version): "format version \(version) is from the future of this program"
    case .invalid(let what): what
    }
  }
}
