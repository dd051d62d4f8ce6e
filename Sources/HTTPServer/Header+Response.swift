import CMicroHTTPD

extension Header {
  /// Adds the field to an answer of the library. Refused when it would break the head, by a line break for example: left out then.
  func add(to response: OpaquePointer) {
    withCStrings { _ = MHD_add_response_header(response, $0, $1) }
  }

  /// Takes the field out of an answer of the library, if it is there.
  func remove(from response: OpaquePointer) {
    withCStrings { _ = MHD_del_response_header(response, $0, $1) }
  }

  /// A string that is handed to C itself becomes an array first, which is an allocation.
  private func withCStrings(_ body: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Void) {
    name.withCString { name in value.withCString { value in body(name, value) } }
  }
}
