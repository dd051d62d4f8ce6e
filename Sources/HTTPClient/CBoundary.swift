internal import CCurl
internal import Glibc

// Where Swift objects pass through C as raw pointers: the only file with `Unmanaged`. The functions that C calls are at
// file scope, because a closure made inside an actor's method traps on a thread that is not the actor's.

/// What libcurl calls with the bytes of a response's body; `context` is ``CBoundary/pointer(to:)``.
///
/// - Returns: the number of bytes taken; another number than it was given ends the transfer. *CURLOPT_WRITEFUNCTION(3)*.
private func writeCallback(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let bytes, let context else { return 0 }
  let received = UnsafeRawBufferPointer(start: bytes, count: size * count)
  return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().receive(received) ? received.count : 0
}

/// What libcurl calls for the next bytes of a body that it was not given; `context` is ``CBoundary/pointer(to:)``.
///
/// - Returns: how many bytes it wrote into `buffer`; 0 at the body's end. *CURLOPT_READFUNCTION(3)*.
private func readCallback(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let buffer, let context else { return 0 }
  let room = UnsafeMutableRawBufferPointer(start: buffer, count: size * count)
  return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().send(into: room)
}

/// What libcurl calls when it sends a body once more, from `position` on; `context` is ``CBoundary/pointer(to:)``.
///
/// - Returns: that it will be so. *CURLOPT_SEEKFUNCTION(3)*: the origin is always the body's beginning.
private func seekCallback(_ context: UnsafeMutableRawPointer?, _ position: curl_off_t, _ origin: Int32) -> Int32 {
  guard let context else { return CURL_SEEKFUNC_FAIL }
  Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().sendAgain(from: Int(position))
  return CURL_SEEKFUNC_OK
}

/// What libcurl calls with each new socket, which it leaves open for the programs that this process starts: one of them
/// would hold a connection open that both ends have closed.
///
/// - Returns: that all is well. *CURLOPT_SOCKOPTFUNCTION(3)*.
private func newSocketCallback(
  _ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ purpose: curlsocktype
) -> Int32 {
  _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
  return Int32(CURL_SOCKOPT_OK)
}

/// What libcurl calls when it wants to be told of something else about a socket; `context` is a ``Poller``.
///
/// - Returns: 0, as *CURLMOPT_SOCKETFUNCTION(3)* asks for.
private func socketCallback(
  _ handle: UnsafeMutableRawPointer?, _ socket: curl_socket_t, _ interest: Int32,
  _ context: UnsafeMutableRawPointer?, _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
  guard let context else { return 0 }
  let poller = Unmanaged<Poller>.fromOpaque(context).takeUnretainedValue()
  let reads = interest == CURL_POLL_IN || interest == CURL_POLL_INOUT
  let writes = interest == CURL_POLL_OUT || interest == CURL_POLL_INOUT
  poller.watch(socket, reads: reads, writes: writes)
  return 0
}

/// What libcurl calls when its next time to act changes; `context` is a ``Poller``.
///
/// - Returns: 0, as *CURLMOPT_TIMERFUNCTION(3)* asks for.
private func timerCallback(
  _ multi: UnsafeMutableRawPointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let context else { return 0 }
  Unmanaged<Poller>.fromOpaque(context).takeUnretainedValue().setTimer(milliseconds: milliseconds)
  return 0
}

/// What a new thread runs; `context` is a retained ``ThreadBody``.
private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
  return nil
}

/// Carries a closure to a new thread.
private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}

enum CBoundary {
  /// The function for `CURLOPT_WRITEFUNCTION`.
  static let write: curl_write_callback = writeCallback
  /// The function for `CURLOPT_READFUNCTION`.
  static let read: curl_read_callback = readCallback
  /// The function for `CURLOPT_SEEKFUNCTION`.
  static let seek: curl_seek_callback = seekCallback
  /// The function for `CURLOPT_SOCKOPTFUNCTION`.
  static let newSocket: curl_sockopt_callback = newSocketCallback
  /// The function for `CURLMOPT_SOCKETFUNCTION`.
  static let socket: curl_socket_callback = socketCallback
  /// The function for `CURLMOPT_TIMERFUNCTION`.
  static let timer: curl_multi_timer_callback = timerCallback

  /// The poller as libcurl keeps it. It is not retained: the owner of the multi handle holds it for longer.
  static func pointer(to poller: Poller) -> UnsafeMutableRawPointer {
    Unmanaged.passUnretained(poller).toOpaque()
  }

  /// The transfer as libcurl keeps it. It is not retained: a transfer owns its handle and outlives it.
  static func pointer(to transfer: Transfer) -> UnsafeMutableRawPointer {
    Unmanaged.passUnretained(transfer).toOpaque()
  }

  /// The transfer that a handle belongs to, from its `CURLOPT_PRIVATE`.
  static func transfer(of handle: UnsafeMutableRawPointer) -> Transfer? {
    var pointer: UnsafeMutableRawPointer?
    guard ccurl_easy_get_pointer(handle, CURLINFO_PRIVATE, &pointer) == CURLE_OK, let pointer else { return nil }
    return Unmanaged<Transfer>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Starts a thread that has to be joined.
  ///
  /// - Parameters:
  ///   - name: what `top -H` and a debugger show, at most 15 bytes.
  ///   - body: what it runs.
  /// - Throws: ``ClientError/Kind/other`` when the system gives no thread.
  static func startThread(
    named name: String, _ body: @escaping @Sendable () -> Void
  ) throws(ClientError) -> pthread_t {
    let context = Unmanaged.passRetained(
      ThreadBody {
        ccurl_name_thread(name)
        body()
      })
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, threadMain, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw ClientError(.other, detail: "no thread for \(name): \(String(cString: strerror(status)))")
    }
    return thread
  }
}
