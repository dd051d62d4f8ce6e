/// Pages of any node, asked for directly, which are remembered.
struct RecordedReads: Sendable {
  /// The nodes' addresses; the master is the first.
  let urls: [String]
  let recorder: HistoryRecorder

  /// Asks a node for a page.
  ///
  /// - Parameters:
  ///   - minOffset: what it must show; nil for whatever it shows.
  ///   - milliseconds: how long it is to wait for that, or for a message.
  ///   - isFull: whether offset and epoch are to be told.
  ///   - finally: done as soon as the answer is there, or won't come.
  /// - Returns: what it answered; nil when it didn't.
  @discardableResult
  func page(
    of node: Int, from: Int, limit: Int, level: History.Read.Level = .local, minOffset: Int? = nil,
    wait milliseconds: Int = 0, isFull: Bool = true, finally: () -> Void = {}
  ) async -> History.Read? {
    var query = "from=\(from)&limit=\(limit)"
    if level != .local { query += "&level=\(level.rawValue)" }
    if isFull { query += "&view=full" }
    if let minOffset { query += "&min_offset=\(minOffset)" }
    if milliseconds > 0 { query += "&wait=\(Double(milliseconds) / 1000)" }
    let call = recorder.now
    let answer = try? await HTTP.get("\(urls[node])/messages?\(query)", timeout: .seconds(5))
    let end = recorder.now
    finally()
    guard let answer, let last = answer.number("Log-Last-Offset") else { return nil }
    let read = History.Read(
      node: node, level: level, from: from, limit: limit, minOffset: minOffset, wait: milliseconds * 1_000_000,
      call: call, end: end, status: answer.status, last: last, next: answer.number("Log-Next-Offset") ?? from,
      messages: (try? answer.messages) ?? [])
    recorder.note(read)
    return read
  }

  /// Looks at how much each node has durably: soon after an answer, that tells what the answer was worth.
  func lookAtAll() async {
    await withTaskGroup(of: Void.self) { group in
      for (node, url) in urls.enumerated() {
        group.addTask {
          let call = recorder.now
          guard let last = try? await NodeClient(url: url).health()["last_offset"]?.int else { return }
          recorder.note(History.Holding(node: node, at: call, last: last))
        }
      }
    }
  }

  /// All that a node shows.
  /// - Throws: when the node doesn't answer, or not with a page.
  func wholeLog(of node: Int) async throws -> [History.Entry] {
    var entries: [History.Entry] = []
    var next = 1
    while true {
      let answer = try await HTTP.get("\(urls[node])/messages?from=\(next)&limit=10000&view=full")
      guard let after = answer.number("Log-Next-Offset") else { throw HarnessError("no page: \(answer.text)") }
      for message in try answer.messages {
        guard let offset = message.offset, let epoch = message.epoch else { throw HarnessError("not full: \(message)") }
        entries.append(History.Entry(offset: offset, epoch: epoch, text: message.text))
      }
      guard after > next else { return entries }
      next = after
    }
  }
}
