import HTTPServer
import ReplicationCore

/// The field `Idempotency-Key` of a request (draft-ietf-httpapi-idempotency-key-header): a quoted string or a bare token.
enum IdempotencyKey {
  static let name = "Idempotency-Key"
  static let allowed =
    "it must be 1 to \(RequestKey.bytesMax) visible ASCII characters, in quotes or, where it has only letters, digits and "
    + "!#$%&'*+-.^_`|~:/, without"

  /// - Returns: nil if the request has no such field.
  /// - Throws: 400 if its value is neither form.
  static func of(_ request: borrowing Request) throws(Rejection) -> RequestKey? {
    guard let value = request.header(name) else { return nil }
    guard request.headers(name).count == 1 else { throw .unreadable("not written: \(name) is given more than once") }
    let bytes = Array(value.utf8)
    let content = bytes.first == UInt8(ascii: "\"") ? unquoted(bytes) : bytes.allSatisfy(isOfToken) ? bytes : nil
    guard let content, let key = RequestKey(content) else {
      throw .unreadable("not written: \(name) can't be read: \(allowed)")
    }
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

/// `GET` and `DELETE /requests/{key}`.
enum KeyRequest {
  static let route = "/requests/{key}"
  static let queryNames = ["write_concern"]
  private static let prefix = "/requests/"

  /// Where the outcome of a request is told.
  static func path(_ key: String) -> String { prefix + key }

  /// The key that stands in the path.
  /// - Throws: 422 if it is none.
  static func key(of request: Request) throws(Rejection) -> RequestKey {
    guard let key = RequestKey(request.path.dropFirst(prefix.count).utf8) else {
      throw .notAllowed("the path has no key after \(prefix): \(IdempotencyKey.allowed)")
    }
    return key
  }
}
