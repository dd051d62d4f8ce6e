import CMicroHTTPD

extension Exchange {
  /// Bodies from this size on are not copied whole but handed out as the socket takes them.
  private static let copiedBytesMax = 64 << 10
  private static let blockBytes = 128 << 10
  /// The library holds a block for as long as the response lives: a live one's is small.
  private static let liveBlockBytes = 4 << 10

  /// The answer to what is refused without the handler, or in its place.
  func refuse(_ refusal: Refusal) -> Response {
    engine.refuse(
      refusal, Request(method: head.method, path: head.path, query: head.query, headers: head.headers))
  }

  /// Queues the answer in a callback of this exchange: it leaves at once, or in the library's next turn.
  func queueInCallback(_ response: Response, closing: Bool = false) -> Bool {
    engine.loop.hasMore = true
    return queue(response, closing: closing)
  }

  /// Queues the answer: in a callback of this exchange, or on any thread while its connection is suspended.
  ///
  /// - Parameter closing: whether the connection closes after it.
  /// - Returns: whether the library took it.
  func queue(_ response: Response, closing: Bool = false) -> Bool {
    let built: OpaquePointer?
    switch response.body {
    case .bytes(let bytes): built = build(bytes)
    case .template(let template): built = template.take()
    case .stream(let next):
      built = Self.build(from: BodySource(in: engine.loop, next: next), blockBytes: Self.blockBytes)
    case .live(let next):
      guard let live = LiveConnection(self) else {
        return queue(refuse(.tooManyLive(limitBodies: engine.limits.liveMax)), closing: closing)
      }
      built = Self.build(from: BodySource(in: engine.loop, live: live, next: next), blockBytes: Self.liveBlockBytes)
    }
    guard let built else { return false }
    for header in response.headers { header.add(to: built) }
    // Where nothing follows the head the library still sends the last chunk, which the next answer's reader would find.
    if response.body.isInPieces, head.method == "HEAD" || response.status == 304 {
      _ = cmhd_end_with_connection(built)
    }
    let closing = closing || engine.ledger.isStopping
    if closing { Header(name: "Connection", value: "close").add(to: built) }
    let isQueued = MHD_queue_response(connection, UInt32(clamping: response.status), built) == .YES
    if case .template(let template) = response.body, !closing {
      formInUse = FormInUse(built, of: template, own: response.headers)
    } else {
      MHD_destroy_response(built)
    }
    return isQueued
  }

  private func build(_ bytes: [UInt8]) -> OpaquePointer? {
    guard bytes.count <= Self.copiedBytesMax else {
      return createResponse(
        from: BodySource(in: engine.loop, whole: bytes), byteCount: UInt64(bytes.count), blockBytes: Self.blockBytes)
    }
    return createResponse(copying: bytes)
  }

  private static func build(from source: BodySource, blockBytes: Int) -> OpaquePointer? {
    createResponse(from: source, byteCount: cmhd_size_unknown, blockBytes: blockBytes)
  }
}

extension Body {
  fileprivate var isInPieces: Bool {
    switch self {
    case .bytes, .template: false
    case .stream, .live: true
    }
  }
}
