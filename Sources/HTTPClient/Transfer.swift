internal import CCurl

/// One easy handle and the exchange it is at; pooled, so that what never changes is set once.
///
/// Thread rule: the thread of the ``CurlLoop``.
final class Transfer {
  /// How many bytes of a body leave with one system call at most: with libcurl's own 64 KiB the receiver is woken more often.
  /// libcurl takes the buffer when a body is too large to leave with the head, and frees it when the exchange ends.
  private static let uploadBufferBytesMax = 512 << 10

  let handle: EasyHandle
  /// Which exchange the handle is at. Invariant: non-nil exactly while the handle is in the multi handle.
  private(set) var exchange: Exchange?

  private let errorText: UnsafeMutablePointer<CChar>
  private var headerLines: HeaderLines?
  private var received: [UInt8] = []
  private var receivedMax = 0
  private var exceededLimit = false
  /// How many bytes of the body libcurl has taken from ``send(into:)``.
  private var sentBytes = 0

  /// What belongs to one request.
  struct Exchange {
    let id: TransferID
    let request: Request
    let completion: (Result<Response, ClientError>) -> Void
  }

  /// - Throws: ``ClientError/Kind/other`` when libcurl refuses an option or memory has run out.
  init() throws(ClientError) {
    handle = try EasyHandle()
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    try setConstantOptions()
  }

  deinit {
    precondition(exchange == nil, "a transfer was dropped while libcurl works on it")
    curl_easy_cleanup(handle.pointer)
    errorText.deallocate()
  }

  /// Takes bytes of the response's body; from the write callback only.
  ///
  /// - Returns: false when they are over the limit, which ends the transfer.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= receivedMax - received.count else {
      exceededLimit = true
      return false
    }
    received.append(contentsOf: bytes)
    return true
  }

  /// Writes the body's next bytes where libcurl wants them; from the read callback only.
  ///
  /// - Returns: how many; 0 when none is left.
  func send(into room: UnsafeMutableRawBufferPointer) -> Int {
    guard let request = exchange?.request, let rest = request.bodyRest else { return 0 }
    var filled = 0
    /// Copies what is not sent of the part that begins at this position of the body.
    func fill(from part: UnsafeRawBufferPointer, at begin: Int) {
      let position = sentBytes - begin
      let count = min(part.count - position, room.count - filled)
      guard position >= 0, count > 0 else { return }
      UnsafeMutableRawBufferPointer(rebasing: room[filled..<filled + count])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: part[position..<position + count]))
      filled += count
      sentBytes += count
    }
    request.body.withUnsafeBytes { fill(from: $0, at: 0) }
    rest.withUnsafeBytes { fill(from: $0, at: request.body.count) }
    return filled
  }

  /// Lets the body be sent once more; from the seek callback only.
  func sendAgain(from position: Int) {
    sentBytes = position
  }

  /// Prepares the handle for a request. After a throw there is no exchange.
  ///
  /// - Throws: ``ClientError/Kind/other`` when libcurl refuses an option.
  func prepare(_ exchange: Exchange) throws(ClientError) {
    let request = exchange.request
    errorText.pointee = 0
    received = []
    receivedMax = request.responseBytesMax
    exceededLimit = false
    sentBytes = 0
    try handle.set(CURLOPT_URL, request.url)
    // Without a limit of at least 1 ms libcurl would wait for ever, or 300 s to connect.
    try handle.set(CURLOPT_TIMEOUT_MS, Int(request.timeout.milliseconds(in: 1...Int32.max)))
    try handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(request.connectTimeout.milliseconds(in: 1...Int32.max)))
    try setHeaders(request.headers)
    // The handle remembers the name that the last request gave its method.
    try handle.set(CURLOPT_CUSTOMREQUEST, pointer: nil)
    switch request.method {
    case .get: try handle.set(CURLOPT_HTTPGET, 1)
    case .post: try setBody(request.body, request.bodyRest)
    case .delete:
      try handle.set(CURLOPT_HTTPGET, 1)
      try handle.set(CURLOPT_CUSTOMREQUEST, "DELETE")
    }
    self.exchange = exchange
  }

  /// Ends the exchange; the handle is no longer in the multi handle.
  func finish() -> Exchange? {
    // libcurl forgets the body before the array goes. Setting null can't fail.
    try? handle.set(CURLOPT_POSTFIELDS, pointer: nil)
    defer { exchange = nil }
    return exchange
  }

  /// What a finished exchange came to.
  ///
  /// - Parameter code: how libcurl ended the transfer.
  func result(_ exchange: Exchange, code: CURLcode) -> Result<Response, ClientError> {
    if exceededLimit {
      let limit = "more than \(exchange.request.responseBytesMax) bytes"
      return .failure(ClientError(.responseTooLarge, code: Int32(bitPattern: code.rawValue), detail: limit))
    }
    guard code == CURLE_OK else {
      let requestWasSent = handle.fact(CURLINFO_REQUEST_SIZE) > 0
      return .failure(
        ClientError(code: code, requestWasSent: requestWasSent, detail: String(cString: errorText)))
    }
    var headers = Headers()
    for name in exchange.request.responseHeaderNames {
      if let value = handle.header(name) { headers.add(name: name, value: value) }
    }
    let status = handle.fact(CURLINFO_RESPONSE_CODE)
    return .success(Response(status: status, headers: headers, body: received))
  }

  private func setHeaders(_ headers: Headers) throws(ClientError) {
    guard headerLines?.headers != headers else { return }
    // Expect: off, or a POST above 1 MiB waits a second for a 100 that few servers send. Content-Type: off unless given,
    // or libcurl calls every body a form.
    let extra = headers["Content-Type"] == nil ? ["Expect:", "Content-Type:"] : ["Expect:"]
    let lines = try HeaderLines(headers, extra: extra)
    try handle.set(headerLines: lines.list)
    headerLines = lines
  }

  private func setBody(_ body: [UInt8], _ rest: (any StableBytes)?) throws(ClientError) {
    let size = body.count + (rest?.count ?? 0)
    try handle.set(CURLOPT_POST, 1)
    try handle.set(bodySize: size)
    try handle.set(CURLOPT_UPLOAD_BUFFERSIZE, min(size, Self.uploadBufferBytesMax))
    // Where libcurl is given no body, it asks the read callback.
    guard rest == nil else { return }
    // libcurl keeps this pointer past the closure, so as not to copy megabytes. It stays good because `exchange` holds
    // the array, unchanged, until the handle has left the multi handle: the elements of an array live inside one heap
    // object, which never moves. A null pointer would mean "ask the read callback", so an empty body points anywhere.
    let address = body.withUnsafeBytes { $0.baseAddress }
    try handle.set(CURLOPT_POSTFIELDS, pointer: address ?? UnsafeRawPointer(errorText))
  }

  private func setConstantOptions() throws(ClientError) {
    try handle.set(CURLOPT_PRIVATE, pointer: CBoundary.pointer(to: self))
    try handle.set(CURLOPT_WRITEDATA, pointer: CBoundary.pointer(to: self))
    try handle.set(write: CBoundary.write)
    try handle.set(CURLOPT_READDATA, pointer: CBoundary.pointer(to: self))
    try handle.set(CURLOPT_SEEKDATA, pointer: CBoundary.pointer(to: self))
    try handle.set(read: CBoundary.read, seek: CBoundary.seek)
    try handle.set(newSocket: CBoundary.newSocket)
    try handle.set(CURLOPT_ERRORBUFFER, pointer: errorText)
    try handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
    try handle.set(CURLOPT_PROTOCOLS_STR, "http")
    // An empty string, because libcurl would obey http_proxy from the environment.
    try handle.set(CURLOPT_PROXY, "")
    try handle.set(CURLOPT_TCP_NODELAY, 1)
    // No signals for time-outs: there are other threads.
    try handle.set(CURLOPT_NOSIGNAL, 1)
    // In seconds. A container that restarts with another address is found soon, not after the usual 60.
    try handle.set(CURLOPT_DNS_CACHE_TIMEOUT, 1)
    // Names are resolved on threads of their own, and a transfer that ends meanwhile would join that thread: one dead
    // name server would hold up every transfer of this loop. With this option the thread is left to end by itself.
    try handle.set(CURLOPT_QUICK_EXIT, 1)
  }
}
