internal import CCurl

/// libcurl as a whole.
enum Library {
  // Once for the process and before any other call; the runtime makes a static's first use safe. curl_global_init(3).
  private static let status = curl_global_init(Int(CURL_GLOBAL_ALL))

  /// Starts libcurl unless it runs.
  ///
  /// - Throws: ``ClientError/Kind/other`` when it does not start.
  static func start() throws(ClientError) {
    guard status == CURLE_OK else {
      throw ClientError(
        .other, code: Int32(bitPattern: status.rawValue),
        detail: "curl_global_init: \(String(cString: curl_easy_strerror(status)))")
    }
  }
}
