import CMicroHTTPD

extension Exchange {
  /// Bodies from this size on are not copied whole but handed out as the socket takes them.
  private static let copiedBytesMax = 64 << 10
  private static let blockBytes = 64 << 10

  /// The answer to what is refused without the handler, or in its place.
  func refuse(_ refusal: Refusal) -> Response {
    engine.refuse(
      refusal, Request(method: head.method, path: head.path, query: head.query, headers: head.headers))
  }

  /// Queues the answer: in a callback of this exchange, or on any thread while its connection is suspended.
  ///
  /// - Parameter closing: whether the connection closes after it.
  /// - Returns: whether the library took it.
  func queue(_ response: Response, closing: Bool = false) -> Bool {
    guard let built = Self.build(response.body) else { return false }
    defer { MHD_destroy_response(built) }
    for header in response.headers {
      // Refused when it would break the head, by a line break for example: left out then.
      _ = MHD_add_response_header(built, header.name, header.value)
    }
    // Where nothing follows the head the library still sends the last chunk, which the next answer's reader would find.
    if case .stream = response.body, head.method == "HEAD" || response.status == 304 {
      _ = cmhd_end_with_connection(built)
    }
    if closing || engine.ledger.isStopping {
      _ = MHD_add_response_header(built, "Connection", "close")
    }
    return MHD_queue_response(connection, UInt32(clamping: response.status), built) == .YES
  }

  private static func build(_ body: Body) -> OpaquePointer? {
    switch body {
    case .bytes(let bytes) where bytes.count <= copiedBytesMax:
      return bytes.withUnsafeBytes { bytes in
        // The library copies and does not write; the parameter's type is older than that.
        MHD_create_response_from_buffer(
          bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
      }
    case .bytes(let bytes):
      return createResponse(from: BodySource(whole: bytes), byteCount: UInt64(bytes.count), blockBytes: blockBytes)
    case .stream(let next):
      return createResponse(from: BodySource(next: next), byteCount: cmhd_size_unknown, blockBytes: blockBytes)
    }
  }
}
