import CMicroHTTPD
import Glibc
import Locking

// Where C calls Swift: the one file with `Unmanaged`. Its functions are file-scope and nonisolated, because the
// library's thread belongs to no actor. What a context pointer holds, and for how long:
//
// | context | object | retained by | released by |
// |---|---|---|---|
// | the daemon's callbacks | Engine | `startDaemon` | `stopDaemon` |
// | a request's slot | Exchange | its first callback | the request-completed callback |
// | a content reader | BodySource | `createResponse` | its free callback |
// | a thread's argument | ThreadBody | `startThread` | the thread |

/// Starts the daemon on a listening socket, which is the daemon's from now on. It serves while a `DaemonLoop` runs it. Nil: it
/// did not start (`errno`).
func startDaemon(_ engine: Engine, on listeningSocket: Int32) -> OpaquePointer? {
  let context = Unmanaged.passRetained(engine)
  var options = cmhd_options()
  // Not MHD_USE_TURBO: with it a connection whose content reader fails stays open until its client does something, and
  // no request got cheaper.
  options.flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
  options.listen_socket = listeningSocket
  options.connections_max = UInt32(clamping: engine.limits.connectionsMax)
  options.connection_memory_bytes = engine.limits.connectionMemoryBytes
  options.idle_timeout_seconds = UInt32(clamping: engine.limits.idleTimeoutSeconds)
  options.strictness = 1
  options.access = accessCallback
  options.completed = completedCallback
  options.connection_changed = connectionCallback
  options.context = context.toOpaque()
  let daemon = cmhd_start_daemon(&options)
  if daemon == nil { context.release() }
  return daemon
}

/// Closes all connections and frees the daemon: on its thread, or where it has none yet. No connection may be suspended.
func stopDaemon(_ daemon: OpaquePointer, of engine: Engine) {
  MHD_stop_daemon(daemon)
  Unmanaged.passUnretained(engine).release()
}

/// MHD_AccessHandlerCallback: once for the head, for each piece of the body, and once more at the end.
private func accessCallback(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?, path: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, data: UnsafePointer<CChar>?,
  dataBytes: UnsafeMutablePointer<Int>?, slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context, let connection, let path, let method, let dataBytes, let slot else { return .NO }
  guard let known = slot.pointee else {
    let engine = Unmanaged<Engine>.fromOpaque(context).takeUnretainedValue()
    let head = readHead(of: connection, path: path, method: method, copying: engine.headersCopied)
    let exchange = Exchange(
      engine: engine, connection: connection, socket: cmhd_connection_socket(connection), head: head)
    slot.pointee = Unmanaged.passRetained(exchange).toOpaque()
    return exchange.begin() ? .YES : .NO
  }
  // Who is held comes here in each turn: the slot's reference keeps it, no other is taken.
  return Unmanaged<Exchange>.fromOpaque(known)._withUnsafeGuaranteedRef { exchange in
    if dataBytes.pointee == 0 { return exchange.complete() ? .YES : .NO }
    defer { dataBytes.pointee = 0 }
    return exchange.receive(UnsafeRawBufferPointer(start: data, count: dataBytes.pointee)) ? .YES : .NO
  }
}

/// MHD_RequestCompletedCallback: once for each request that reached the access callback, whatever its end.
private func completedCallback(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, reason: MHD_RequestTerminationCode
) {
  guard let slot, let known = slot.pointee else { return }
  slot.pointee = nil
  Unmanaged<Exchange>.fromOpaque(known).takeRetainedValue().end()
}

/// MHD_NotifyConnectionCallback: a connection was accepted or closed.
private func connectionCallback(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, code: MHD_ConnectionNotificationCode
) {
  guard let context else { return }
  let engine = Unmanaged<Engine>.fromOpaque(context).takeUnretainedValue()
  switch code {
  case .CONNECTION_NOTIFY_STARTED:
    engine.ledger.connectionOpened()
    engine.loop.peak.connectionOpened()
  case .CONNECTION_NOTIFY_CLOSED:
    engine.ledger.connectionClosed()
    engine.loop.peak.connectionClosed()
    // A daemon that had as many as it may have listens again from its next turn on.
    engine.loop.turnAgain()
  }
}

/// Where `headCallback` puts what it is given; no longer than `readHead` takes.
private struct HeadReader {
  let head: UnsafeMutablePointer<RequestHead>
  let copied: UnsafeBufferPointer<CopiedHeader>
}

private func readHead(
  of connection: OpaquePointer, path: UnsafePointer<CChar>, method: UnsafePointer<CChar>, copying copied: [CopiedHeader]
) -> RequestHead {
  var head = RequestHead(method: String(cString: method), path: String(cString: path))
  withUnsafeMutablePointer(to: &head) { head in
    copied.withUnsafeBufferPointer { copied in
      var reader = HeadReader(head: head, copied: copied)
      let fields = MHD_get_connection_values_n(connection, .HEADER_KIND, headCallback, &reader)
      let items = MHD_get_connection_values_n(connection, .GET_ARGUMENT_KIND, headCallback, &reader)
      head.pointee.memoryBytes = headMemoryBytes(of: connection, records: Int(fields + items))
    }
  }
  return head
}

/// What the head takes of the connection's memory: its bytes, a record for each field and each item of the query, and of
/// cookies, which are copied and taken apart besides (libmicrohttpd 0.9.75, `MHD_HTTP_Req_Header`).
private func headMemoryBytes(of connection: OpaquePointer, records: Int) -> Int {
  let recordBytes = 64
  let cookies = MHD_get_connection_values_n(connection, .COOKIE_KIND, nil, nil)
  let bytes = cmhd_head_bytes(connection)
  return bytes + (records + Int(cookies)) * recordBytes + (cookies > 0 ? cookieBytes(of: connection) : 0)
}

private func cookieBytes(of connection: OpaquePointer) -> Int {
  var bytes = 0
  _ = MHD_lookup_connection_value_n(connection, .HEADER_KIND, "Cookie", 6, nil, &bytes)
  return bytes
}

/// MHD_KeyValueIteratorN: one header field or one item of the query.
private func headCallback(
  context: UnsafeMutableRawPointer?, kind: MHD_ValueKind, name: UnsafePointer<CChar>?, nameBytes: Int,
  value: UnsafePointer<CChar>?, valueBytes: Int
) -> MHD_Result {
  guard let reader = context?.assumingMemoryBound(to: HeadReader.self) else { return .NO }
  let name = UnsafeRawBufferPointer(start: name, count: nameBytes)
  let bytes = UnsafeRawBufferPointer(start: value, count: valueBytes)
  if kind == .HEADER_KIND {
    reader.pointee.head.pointee.add(name: name, value: bytes, copying: reader.pointee.copied)
  } else {
    let item = QueryItem(
      name: String(decoding: name, as: UTF8.self), value: value == nil ? nil : String(decoding: bytes, as: UTF8.self))
    reader.pointee.head.pointee.query.append(item)
  }
  return .YES
}

/// Makes a response whose body is a copy of these bytes. Nil: no memory.
func createResponse(copying bytes: [UInt8]) -> OpaquePointer? {
  bytes.withUnsafeBytes { bytes in
    // The library copies and does not write; the parameter's type is older than that.
    MHD_create_response_from_buffer(
      bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
  }
}

/// Makes a response whose body is read from `source`, which lives as long as the response. Nil: no memory.
func createResponse(from source: BodySource, byteCount: UInt64, blockBytes: Int) -> OpaquePointer? {
  let context = Unmanaged.passRetained(source)
  let response = MHD_create_response_from_callback(
    byteCount, blockBytes, readCallback, context.toOpaque(), freeCallback)
  if response == nil { context.release() }
  return response
}

/// MHD_ContentReaderCallback. Positions only grow, so the source keeps its own.
private func readCallback(
  context: UnsafeMutableRawPointer?, position: UInt64, buffer: UnsafeMutablePointer<CChar>?, bytesMax: Int
) -> Int {
  guard let context else { return cmhd_end_with_error }
  let source = Unmanaged<BodySource>.fromOpaque(context).takeUnretainedValue()
  return source.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: bytesMax))
}

/// MHD_ContentReaderFreeCallback.
private func freeCallback(context: UnsafeMutableRawPointer?) {
  guard let context else { return }
  Unmanaged<BodySource>.fromOpaque(context).release()
}

/// Keeps `object` through `body` although `body` may drop its last other reference, which a mere use after it does not:
/// a parameter is the caller's to keep.
func keepingAlive<Object: AnyObject>(_ object: Object, _ body: () -> Void) {
  let reference = Unmanaged.passRetained(object)
  body()
  reference.release()
}

private final class ThreadBody {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

/// Runs `body` on a detached thread of its own, which is scheduled as threads are, whatever its creator's policy, and is spared
/// SIGPIPE, which a client that left would raise. Throws what `pthread_create(3)` says.
///
/// - Parameter name: what `top -H` and a debugger show, at most 15 bytes.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
  let context = Unmanaged.passRetained(
    ThreadBody {
      cmhd_name_thread(name)
      ThreadScheduling.runAtOnce()
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
      body()
    })
  var thread = pthread_t()
  let status = pthread_create(&thread, nil, threadCallback, context.toOpaque())
  guard status == 0 else {
    context.release()
    throw SystemError(code: status)
  }
  pthread_detach(thread)
}

private func threadCallback(context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
  return nil
}
