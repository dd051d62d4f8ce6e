import HTTPServer
import ReplicationCore

/// The field `Idempotency-Key` of a request (draft-ietf-httpapi-idempotency-key-header): a quoted string or a bare token.
enum IdempotencyKey {
  static let name = "Idempotency-Key"
  private static let allowed =
    "it must be 1 to \(RequestKey.bytesMax) visible ASCII characters, in quotes or, where it has only letters, digits and "
    + "!#$%&'*+-.^_`|~:/, without"

  /// - Returns: nil if the request has no such field.
  /// - Throws: 400 if its value is neither form.
  static func of(_ request: Request) throws(Rejection) -> RequestKey? {
    guard let value = request.header(name) else { return nil }
    let bytes = Array(value.utf8)
    let content = bytes.first == UInt8(ascii: "\"") ? unquoted(bytes) : bytes.allSatisfy(isOfToken) ? bytes : nil
    guard let content, let key = RequestKey(content) else {
      throw .unreadable("not written: \(name) can't be read: \(allowed)")
    }
    return key
  }

  /// The key that stands in a path.
  /// - Throws: 422 if it is none.
  static func inPath(_ text: Substring) throws(Rejection) -> RequestKey {
    guard let key = RequestKey(text.utf8) else { throw .notAllowed("the path has no key after /requests/: \(allowed)") }
    return key
  }

  /// The characters of a quoted string (RFC 9651, 3.3.3); nil if it is none.
  private static func unquoted(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
    var content: [UInt8] = []
    var isEscaped = false
    for byte in bytes[1..<(bytes.count - 1)] {
      let isSpecial = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
      switch (isEscaped, isSpecial) {
      case (false, false): content.append(byte)
      case (false, true):
        guard byte == UInt8(ascii: "\\") else { return nil }
        isEscaped = true
      case (true, true):
        content.append(byte)
        isEscaped = false
      case (true, false): return nil
      }
    }
    return isEscaped ? nil : content
  }

  private static func isOfToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~:/".utf8.contains(byte)
    }
  }
}
