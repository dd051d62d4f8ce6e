internal import CCurl

/// Header fields in libcurl's form, kept as long as a handle points to them.
final class HeaderLines {
  let headers: Headers
  private(set) var list: UnsafeMutablePointer<curl_slist>?

  /// - Parameters:
  ///   - headers: the fields to send.
  ///   - extra: lines in libcurl's own form, `Name:` for a field that must not be sent.
  /// - Throws: ``ClientError/Kind/other`` for a field that can't be sent.
  init(_ headers: Headers, extra: [String]) throws(ClientError) {
    self.headers = headers
    var lines = extra
    for field in headers.fields {
      guard field.isWellFormed else {
        throw ClientError(.other, detail: "header \(field.name.debugDescription) has a character that is not allowed")
      }
      // For libcurl `Name:` removes a field and `Name;` sends it empty. CURLOPT_HTTPHEADER(3).
      lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
    }
    for line in lines {
      guard let longer = curl_slist_append(list, line) else {
        throw ClientError(.other, detail: "curl_slist_append: out of memory")
      }
      list = longer
    }
  }

  deinit {
    curl_slist_free_all(list)
  }
}
