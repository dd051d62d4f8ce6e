/// What the first callback copies: the library's strings live no longer than the callback.
struct RequestHead {
  let method: String
  let path: String
  var query: [QueryItem] = []
  var headers: [Header] = []
  /// The announced length of the body; nil without a `Content-Length`.
  var bodyBytesAnnounced: Int?
  /// What the head takes of the connection's memory.
  var memoryBytes = 0
  /// Why this head is refused, when it is.
  var fault: String?
  private var hasTransferEncoding = false

  init(method: String, path: String) {
    self.method = method
    self.path = path
  }

  /// Takes in one header field. A body whose length could be read in two ways is how requests are smuggled past a
  /// proxy, so anything but one plain number or one plain `chunked` is a fault (RFC 9112, 6.1 and 6.3). The library
  /// would take the first length, and chunks before a length.
  mutating func add(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, copying copied: UnsafeBufferPointer<CopiedHeader>
  ) {
    // "Content-Length : 5" is a field of another name to this library, and a length to others (RFC 9112, 5.1).
    if name.contains(where: { $0 <= 0x20 || $0 == 0x7f }) { fault = "white space or a control character in a name" }
    if CopiedHeader.contentLength.matches(name) {
      if bodyBytesAnnounced != nil { fault = "more than one Content-Length" }
      if hasTransferEncoding { fault = "Content-Length beside Transfer-Encoding" }
      bodyBytesAnnounced = Int(plainDecimal: value)
      if bodyBytesAnnounced == nil { fault = "the Content-Length is not a number" }
    } else if CopiedHeader.transferEncoding.matches(name) {
      if hasTransferEncoding { fault = "more than one Transfer-Encoding" }
      if bodyBytesAnnounced != nil { fault = "Content-Length beside Transfer-Encoding" }
      if !CopiedHeader.chunked.matches(value) { fault = "a Transfer-Encoding other than chunked" }
      hasTransferEncoding = true
    }
    for header in copied where header.matches(name) {
      headers.append(Header(name: header.name, value: String(decoding: value, as: UTF8.self)))
    }
  }
}

extension Int {
  /// A number of ASCII digits and nothing else; nil when it is none, is empty or does not fit.
  fileprivate init?(plainDecimal digits: UnsafeRawBufferPointer) {
    guard !digits.isEmpty else { return nil }
    var number = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39 else { return nil }
      let (tens, overflowed) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflowedToo) = tens.addingReportingOverflow(Int(digit - 0x30))
      if overflowed || overflowedToo { return nil }
      number = sum
    }
    self = number
  }
}
