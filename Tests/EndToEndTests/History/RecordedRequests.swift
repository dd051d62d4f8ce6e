/// Requests with a key, to a master or to a proxy before it, which are remembered with what was answered.
struct RecordedRequests: Sendable {
  let url: String
  let recorder: HistoryRecorder
  /// After so long an answer counts as lost.
  private static let patience = Duration.seconds(2)

  /// - Parameters:
  ///   - writeConcern: how many nodes must hold it.
  ///   - milliseconds: how long the master is to wait for that; nil for as long as it takes.
  /// - Returns: what was told; nil when nothing was.
  func add(
    _ text: String, key: String, w writeConcern: Int, timeout milliseconds: Int? = nil
  ) async -> History.Answer? {
    let limit = milliseconds.map { #","timeout_ms":\#($0)"# } ?? ""
    let body = #"{"data":\#(JSON.quoted(text)),"write_concern":\#(writeConcern)\#(limit)}"#
    return await record(.add(text: text), key, writeConcern) {
      try await HTTP.post("\(url)/add", body, key: key, timeout: Self.patience)
    }
  }

  /// Asks what became of a key's message.
  func ask(_ key: String, w writeConcern: Int) async -> History.Answer? {
    await record(.ask, key, writeConcern) {
      try await HTTP.get("\(url)/requests/\(key)?write_concern=\(writeConcern)", timeout: Self.patience)
    }
  }

  /// Makes sure that no message comes with a key that has none.
  func seal(_ key: String, w writeConcern: Int) async -> History.Answer? {
    await record(.seal, key, writeConcern) {
      try await HTTP.delete("\(url)/requests/\(key)?write_concern=\(writeConcern)", timeout: Self.patience)
    }
  }

  private func record(
    _ kind: History.KeyedRequest.Kind, _ key: String, _ writeConcern: Int, _ send: () async throws -> Answer
  ) async -> History.Answer? {
    var request = History.KeyedRequest(key: key, kind: kind, writeConcern: writeConcern, call: recorder.now)
    if let answer = try? await send() { request.answer = read(answer, kind) }
    recorder.note(request)
    return request.answer
  }

  /// - Returns: nil for an answer that no node gave.
  private func read(_ answer: Answer, _ kind: History.KeyedRequest.Kind) -> History.Answer? {
    guard let data = answer.data else { return nil }
    let outcome: History.Outcome
    let (offset, epoch): (Int?, Int?)
    if case .add = kind {
      let told = answer.field("Log-Outcome").flatMap(History.Outcome.init) ?? .unknown
      // Of the key itself, and not only of this request.
      outcome = answer.status == 409 ? .sealed : told
      (offset, epoch) = (answer.number("Log-Offset"), answer.number("Log-Epoch"))
    } else {
      let told = data["outcome"]?.string.flatMap(History.Outcome.init) ?? .unknown
      outcome = answer.status == 404 ? .notSeen : told == .notWritten ? .sealed : told
      (offset, epoch) = (data["offset"]?.int, data["epoch"]?.int)
    }
    return History.Answer(
      at: recorder.now, outcome: outcome, offset: offset, epoch: epoch,
      isHeldByMaster: data["held_by"]?.array?.contains(.string("master")) ?? false)
  }
}
