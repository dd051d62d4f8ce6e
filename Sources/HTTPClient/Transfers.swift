internal import CCurl

/// The multi handle with the transfers in it, those that rest, and the results that were not handed out yet.
///
/// Thread rule: the thread of the ``CurlLoop``, apart from ``wakeUp()``, which any thread may call at any time.
final class Transfers {
  private typealias Answer = Result<Response, ClientError>
  private typealias Delivery = (completion: (Answer) -> Void, answer: Answer)

  /// Nil after ``close()``.
  private var multi: UnsafeMutableRawPointer?
  private let poller: Poller
  private let restingMax: Int
  private var lastNumber: UInt64 = 0
  private var active: [TransferID: Transfer] = [:]
  private var resting: [Transfer] = []
  private var deliveries: [Delivery] = []
  /// Whether a transfer was added that libcurl has not looked at.
  private(set) var hasNew = false

  /// - Parameter connectionsMax: how many connections are kept for reuse; as many handles rest.
  /// - Throws: ``ClientError/Kind/other`` when libcurl does not start.
  init(connectionsMax: Int) throws(ClientError) {
    try Library.start()
    poller = try Poller()
    guard let multi = curl_multi_init() else {
      throw ClientError(.other, detail: "curl_multi_init gave no handle")
    }
    self.multi = multi
    restingMax = connectionsMax
    require(ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, connectionsMax), "CURLMOPT_MAXCONNECTS")
    require(ccurl_multi_set_socket(multi, CBoundary.socket), "CURLMOPT_SOCKETFUNCTION")
    require(ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, CBoundary.pointer(to: poller)), "CURLMOPT_SOCKETDATA")
    require(ccurl_multi_set_timer(multi, CBoundary.timer), "CURLMOPT_TIMERFUNCTION")
    require(ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, CBoundary.pointer(to: poller)), "CURLMOPT_TIMERDATA")
  }

  deinit {
    precondition(multi == nil, "the transfers were dropped without close()")
  }

  /// Whether a result waits to be handed out.
  var hasDeliveries: Bool { !deliveries.isEmpty }

  /// A name for the next transfer.
  func nextID() -> TransferID {
    lastNumber += 1
    return TransferID(number: lastNumber)
  }

  /// Starts a request; the result is handed out by a later ``deliver()``, also when it fails at once.
  func start(
    _ request: Request, as id: TransferID, then completion: @escaping (Result<Response, ClientError>) -> Void
  ) {
    guard let multi else {
      deliveries.append((completion, .failure(ClientError(.stopped))))
      return
    }
    do throws(ClientError) {
      let transfer = if let rested = resting.popLast() { rested } else { try Transfer() }
      try transfer.prepare(Transfer.Exchange(id: id, request: request, completion: completion))
      let code = curl_multi_add_handle(multi, transfer.handle.pointer)
      guard code == CURLM_OK else {
        _ = transfer.finish()
        throw ClientError(.other, detail: "curl_multi_add_handle: \(String(cString: curl_multi_strerror(code)))")
      }
      active[id] = transfer
      hasNew = true
    } catch {
      deliveries.append((completion, .failure(error)))
    }
  }

  /// Ends a transfer with ``ClientError/Kind/cancelled`` and closes its connection; nothing when it has ended already.
  func cancel(_ id: TransferID) {
    guard let transfer = active[id] else { return }
    end(transfer, as: ClientError(.cancelled))
  }

  /// Lets libcurl do what can be done now: for the sockets that are ready, for its timer, for what was started.
  func perform() {
    guard let multi else { return }
    hasNew = false
    var running: Int32 = 0
    for ready in poller.ready {
      let flags = (ready.reads ? CURL_CSELECT_IN : 0) | (ready.writes ? CURL_CSELECT_OUT : 0)
      require(curl_multi_socket_action(multi, ready.socket, flags, &running), "curl_multi_socket_action")
    }
    poller.clearReady()
    if poller.takeTimer() {
      require(curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running), "curl_multi_socket_action")
    }
    collect(from: multi)
  }

  /// Sleeps until a connection is ready, ``wakeUp()`` is called, libcurl's timer has run out or time is up.
  ///
  /// - Parameter milliseconds: the longest sleep.
  func sleep(milliseconds: Int32) {
    poller.wait(milliseconds: milliseconds)
  }

  /// Lets a descriptor that isn't libcurl's end the sleep when it is readable.
  func watch(_ descriptor: Int32) {
    poller.watchOther(descriptor)
  }

  /// Forgets what ``watch(_:)`` was told, which may be closed already.
  func unwatch() {
    poller.forgetOther()
  }

  /// Ends the present or next ``sleep(milliseconds:)``. Any thread.
  func wakeUp() {
    poller.ring()
  }

  /// Calls the completions of what has ended, each once, outside any callback of libcurl.
  func deliver() {
    guard !deliveries.isEmpty else { return }
    let ended = deliveries
    deliveries.removeAll(keepingCapacity: true)
    for delivery in ended { delivery.completion(delivery.answer) }
  }

  /// Ends all transfers with ``ClientError/Kind/stopped`` and closes all connections; later ones end like that too.
  func close() {
    guard let multi else { return }
    for transfer in Array(active.values) { end(transfer, as: ClientError(.stopped)) }
    resting.removeAll()
    require(curl_multi_cleanup(multi), "curl_multi_cleanup")
    self.multi = nil
  }

  private func collect(from multi: UnsafeMutableRawPointer) {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle,
        let transfer = CBoundary.transfer(of: handle)
      else { continue }
      // The code before the handle is removed: removing it frees the message.
      let code = message.pointee.data.result
      if let exchange = remove(transfer) {
        deliveries.append((exchange.completion, transfer.result(exchange, code: code)))
        rest(transfer)
      }
    }
  }

  private func end(_ transfer: Transfer, as error: ClientError) {
    guard let exchange = remove(transfer) else { return }
    deliveries.append((exchange.completion, .failure(error)))
    rest(transfer)
  }

  private func remove(_ transfer: Transfer) -> Transfer.Exchange? {
    require(curl_multi_remove_handle(multi, transfer.handle.pointer), "curl_multi_remove_handle")
    guard let exchange = transfer.finish() else { return nil }
    active[exchange.id] = nil
    return exchange
  }

  private func rest(_ transfer: Transfer) {
    if resting.count < restingMax { resting.append(transfer) }
  }

  /// libcurl's multi functions fail for want of memory or for misuse only; neither leaves a loop that could go on.
  private func require(_ code: CURLMcode, _ function: StaticString) {
    precondition(code == CURLM_OK, "\(function): \(String(cString: curl_multi_strerror(code)))")
  }
}
