public import Locking

/// An HTTP/1.1 client on one thread of its own, for many exchanges at a time over kept connections.
///
/// The actor's executor *is* the thread on which libcurl runs, so the compiler checks that no handle leaves it. Other
/// actors may share it (`nonisolated var unownedExecutor: UnownedSerialExecutor { client.unownedExecutor }`): they are then
/// called from ``onTurn(_:)`` and from completions with `assumeIsolated`, without a task and without a change of thread.
/// Such an actor has to hold the client.
///
/// No transfer waits for another: not one that hangs, nor one whose host's name does not resolve. Each name resolution has
/// a thread of libcurl's, which lasts until the system's resolver gives up, even when the transfer has ended before.
///
/// The process has to ignore SIGPIPE (`signal(SIGPIPE, SIG_IGN)`), since libcurl is told to leave signals alone.
/// `http_proxy` and its like are ignored. Receivers must be idempotent: see ``Request``.
///
/// Shut it down (``shutDown()``) when it is no longer needed; without that it ends when its last reference goes, unless
/// closures given to it hold it. curl's *libcurl-multi(3)*.
public actor Client {
  private nonisolated let loop: CurlLoop

  /// Starts the thread.
  ///
  /// - Parameter connectionsMax: how many connections are kept for reuse, all destinations together, 1 or more. Connections
  ///   under way count too, so it should be well above the number of transfers under way at a time: beyond it nothing
  ///   fails, but each connection is closed after its exchange.
  /// - Throws: ``ClientError/Kind/other`` when libcurl or the thread does not start.
  public init(connectionsMax: Int = 1024) throws(ClientError) {
    precondition(connectionsMax >= 1, "connectionsMax is \(connectionsMax)")
    loop = try CurlLoop(connectionsMax: connectionsMax)
  }

  deinit {
    loop.stop()
  }

  /// The thread on which libcurl runs, as an executor. It runs jobs after ``shutDown()`` too, on another thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    loop.asUnownedSerialExecutor()
  }

  /// Makes a request and waits for the answer. Cancelling the task ends the transfer and closes its connection.
  ///
  /// - Parameter request: what to send.
  /// - Returns: the answer, whatever its status.
  /// - Throws: why there is none; ``ClientError/Kind/cancelled`` when the task is cancelled and
  ///   ``ClientError/Kind/stopped`` when the client is shut down.
  public func send(_ request: Request) async throws(ClientError) -> Response {
    // Asked first, so that the handler below finds the transfer: its task gets here after this function has suspended.
    guard !Task.isCancelled else { throw ClientError(.cancelled) }
    let id = loop.transfers.nextID()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.transfers.start(request, as: id) { continuation.resume(returning: $0) }
      }
    } onCancel: {
      Task { await self.cancel(id) }
    }
    return try result.get()
  }

  /// Makes a request without a task. Only on the client's thread, which actor isolation ensures.
  ///
  /// - Parameters:
  ///   - request: what to send.
  ///   - completion: called once, on the client's thread, never from inside this call and never inside a callback of
  ///     libcurl. It may start another request, but not in answer to ``ClientError/Kind/stopped``. It may use
  ///     `assumeIsolated` on the client and on actors that share its executor.
  /// - Returns: a name for ``cancel(_:)``.
  @discardableResult
  public func start(
    _ request: Request, then completion: @escaping (Result<Response, ClientError>) -> Void
  ) -> TransferID {
    let id = loop.transfers.nextID()
    loop.transfers.start(request, as: id, then: completion)
    return id
  }

  /// Ends a transfer with ``ClientError/Kind/cancelled`` and closes its connection; nothing when it has ended already.
  ///
  /// - Parameter transfer: what ``start(_:then:)`` returned.
  public func cancel(_ transfer: TransferID) {
    loop.transfers.cancel(transfer)
  }

  /// Sets what is called on each turn of the client's loop, in place of what was set before.
  ///
  /// A turn comes after a ``wake()``, when a transfer moves on, when a job is run, and when the time is up.
  ///
  /// - Parameter body: called on the client's thread after the completions and the jobs of the turn, before the loop
  ///   sleeps. What it starts is sent at once. It returns how long the loop may sleep at most, rounded up to milliseconds,
  ///   nil for as long as nothing happens; 0 makes the loop turn without a rest. It must not block. It may use
  ///   `assumeIsolated` like a completion. It is forgotten at ``shutDown()``.
  public func onTurn(_ body: @escaping () -> Duration?) {
    loop.turnBody = body
    loop.wakeBody()
  }

  /// The client's thread, for a guest that has turns on it until the end; the guest has to end before ``shutDown()``.
  public nonisolated var host: any LoopHost { loop }

  /// Makes the turn's body be called soon: after this call, so that it sees what the caller wrote before. Any thread.
  ///
  /// Cheap when called often: only the first call since the loop fell asleep is a system call. Never lost. After
  /// ``shutDown()`` it does nothing.
  public nonisolated func wake() {
    loop.wakeBody()
  }

  /// Fails what is in flight with ``ClientError/Kind/stopped``, closes all connections, ends the thread and waits until
  /// it is gone. Any thread; any number of times, each of which waits.
  ///
  /// The completions of what was in flight have been called when it returns. Afterwards requests end with
  /// ``ClientError/Kind/stopped``, and jobs are run all the same, one at a time.
  public nonisolated func shutDown() async {
    await loop.stopAndJoin()
  }
}
