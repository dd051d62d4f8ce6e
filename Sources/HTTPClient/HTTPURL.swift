internal import CCurl

/// An absolute `http` URL that was found to be good, by libcurl's own parser, so that it is right here and there.
public struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
  /// The URL as it was given.
  public let text: String
  /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
  public let host: String
  /// The port, 80 when none is given.
  public let port: UInt16
  /// The path, `/` when none is given.
  public let path: String

  /// The URL as it was given.
  public var description: String { text }

  /// Takes a URL apart.
  ///
  /// - Parameter text: such as `http://follower-1:6062`.
  /// - Returns: its parts.
  /// - Throws: ``ClientError/Kind/badURL`` with words for the person who wrote it: not `http`, no host, a bad port, a user or
  ///   password (which nobody here would ask for), a query or a fragment.
  public static func parse(_ text: String) throws(ClientError) -> HTTPURL {
    guard text.lowercased().hasPrefix("http://") else {
      throw bad(text, "it must begin with http://")
    }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
      throw bad(text, "it has a space or a control character")
    }
    guard let handle = curl_url() else { throw ClientError(.other, detail: "curl_url: out of memory") }
    defer { curl_url_cleanup(handle) }
    let code = curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER))
    guard code == CURLUE_OK else { throw bad(text, words(code)) }
    if part(CURLUPART_QUERY, of: handle) != nil { throw bad(text, "it has a query") }
    if part(CURLUPART_FRAGMENT, of: handle) != nil { throw bad(text, "it has a fragment") }
    guard let host = part(CURLUPART_HOST, of: handle), !host.isEmpty else { throw bad(text, "it has no host") }
    guard let port = part(CURLUPART_PORT, of: handle).flatMap(UInt16.init), port > 0 else {
      throw bad(text, "the port must be 1 to 65535")
    }
    return HTTPURL(text: text, host: host, port: port, path: part(CURLUPART_PATH, of: handle) ?? "/")
  }

  private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
    var value: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &value, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let value else { return nil }
    defer { curl_free(value) }
    return String(cString: value)
  }

  private static func words(_ code: CURLUcode) -> String {
    switch code {
    case CURLUE_NO_HOST: "it has no host"
    case CURLUE_BAD_PORT_NUMBER: "the port must be 1 to 65535"
    case CURLUE_USER_NOT_ALLOWED: "it has a user name or password"
    default: String(cString: curl_url_strerror(code))
    }
  }

  private static func bad(_ text: String, _ reason: String) -> ClientError {
    ClientError(.badURL, detail: "\(text.debugDescription): \(reason), as in http://host:6062")
  }
}
