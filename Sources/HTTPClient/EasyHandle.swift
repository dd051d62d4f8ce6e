internal import CCurl

/// A libcurl easy handle, whose options are set with every answer checked.
///
/// Thread rule: one thread at a time; here always the one of the ``CurlLoop``.
struct EasyHandle {
  let pointer: UnsafeMutableRawPointer

  /// - Throws: ``ClientError/Kind/other`` when memory has run out.
  init() throws(ClientError) {
    guard let pointer = curl_easy_init() else {
      throw ClientError(.other, detail: "curl_easy_init gave no handle")
    }
    self.pointer = pointer
  }

  /// Sets an option that is a number.
  func set(_ option: CURLoption, _ value: Int) throws(ClientError) {
    try check(ccurl_easy_set_long(pointer, option, value), option)
  }

  /// Sets an option that is a string; libcurl copies it.
  func set(_ option: CURLoption, _ value: String) throws(ClientError) {
    try check(value.withCString { ccurl_easy_set_string(pointer, option, $0) }, option)
  }

  /// Sets an option that is a pointer; libcurl keeps it.
  func set(_ option: CURLoption, pointer value: UnsafeRawPointer?) throws(ClientError) {
    try check(ccurl_easy_set_pointer(pointer, option, value), option)
  }

  /// Sets the header lines; libcurl keeps the list.
  func set(headerLines: UnsafeMutablePointer<curl_slist>?) throws(ClientError) {
    try check(ccurl_easy_set_list(pointer, CURLOPT_HTTPHEADER, headerLines), CURLOPT_HTTPHEADER)
  }

  /// Sets the size of the body, in bytes.
  func set(bodySize: Int) throws(ClientError) {
    try check(
      ccurl_easy_set_offset(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bodySize)), CURLOPT_POSTFIELDSIZE_LARGE)
  }

  /// Sets what takes the bytes of the response.
  func set(write: @escaping curl_write_callback) throws(ClientError) {
    try check(ccurl_easy_set_write(pointer, write), CURLOPT_WRITEFUNCTION)
  }

  /// Sets what gives the bytes of a body that libcurl is not given, and what makes it begin again.
  func set(read: @escaping curl_read_callback, seek: @escaping curl_seek_callback) throws(ClientError) {
    try check(ccurl_easy_set_read(pointer, read), CURLOPT_READFUNCTION)
    try check(ccurl_easy_set_seek(pointer, seek), CURLOPT_SEEKFUNCTION)
  }

  /// Sets what is called with each new socket.
  func set(newSocket: @escaping curl_sockopt_callback) throws(ClientError) {
    try check(ccurl_easy_set_sockopt(pointer, newSocket), CURLOPT_SOCKOPTFUNCTION)
  }

  /// A fact about the last transfer; 0 where there is none.
  func fact(_ info: CURLINFO) -> Int {
    var value = 0
    return ccurl_easy_get_long(pointer, info, &value) == CURLE_OK ? value : 0
  }

  /// The value of the first field of this name in the last response. *curl_easy_header(3)*.
  func header(_ name: String) -> String? {
    var header: UnsafeMutablePointer<curl_header>?
    let lastRequest: Int32 = -1
    guard curl_easy_header(pointer, name, 0, UInt32(CURLH_HEADER), lastRequest, &header) == CURLHE_OK, let header else {
      return nil
    }
    return String(cString: header.pointee.value)
  }

  private func check(_ code: CURLcode, _ option: CURLoption) throws(ClientError) {
    guard code != CURLE_OK else { return }
    let name = curl_easy_option_by_id(option).map { String(cString: $0.pointee.name) } ?? "\(option.rawValue)"
    throw ClientError(
      .other, code: Int32(bitPattern: code.rawValue),
      detail: "option \(name): \(String(cString: curl_easy_strerror(code)))")
  }
}
