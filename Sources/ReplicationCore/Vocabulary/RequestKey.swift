/// A client's name for one request, so that it can be repeated without being carried out twice: the value of
/// `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
public struct RequestKey: Hashable, Sendable, CustomStringConvertible {
  /// The longest key, in bytes.
  public static let bytesMax = 255

  /// 1 to `bytesMax` visible ASCII characters and spaces.
  public let bytes: [UInt8]

  /// - Parameter bytes: the key's characters.
  /// - Returns: nil if there are none, too many, or others than visible ASCII and spaces.
  public init?(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    guard (1...Self.bytesMax).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return nil
    }
    self.bytes = bytes
  }

  /// What stands for the key in a `KeyIndex`.
  public var hash: UInt64 { bytes.withUnsafeBytes { XXH64.hash($0) } }

  /// The key's characters.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
