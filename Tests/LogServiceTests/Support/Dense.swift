import ReplicationCore

@testable import LogService

extension Mastership {
  /// A master of a test.
  static func epoch(_ number: UInt64, startID: UInt64 = 7) -> Mastership {
    Mastership(epoch: Epoch(number), startID: startID)
  }
}

extension ReplicateRequest {
  static func heartbeat(of mastership: Mastership) -> ReplicateRequest {
    .entries([], from: 1, of: mastership)
  }

  /// Entries of this mastership at consecutive offsets.
  static func entries(_ texts: [String], from first: UInt64, of mastership: Mastership) -> ReplicateRequest {
    var bytes: [UInt8] = []
    for (index, text) in texts.enumerated() {
      Entry(offset: Offset(first + UInt64(index)), epoch: mastership.epoch, time: 0, payload: Array(text.utf8))
        .encode(into: &bytes)
    }
    let previous = Offset(first).previous
    return ReplicateRequest(
      mastership: mastership, previousOffset: previous, previousEpoch: previous == .zero ? .none : mastership.epoch,
      commit: .zero, masterURL: "http://master",
      entries: EntryRun(
        first: Offset(first), last: Offset(first + UInt64(texts.count)).previous, bytes: bytes))
  }
}

extension NodeClient {
  /// `POST /replicate` in the dense form, and the whole answer.
  func sendDense(_ request: ReplicateRequest) async throws -> Answer {
    try await send("POST", "/replicate", request.encoded(), contentType: ReplicateRequest.contentType)
  }

  /// `POST /replicate` as a master sends it.
  func replicate(_ request: ReplicateRequest) async throws -> ReplicateAnswer {
    try ReplicateAnswer(decoding: await sendDense(request).body)
  }

  /// `POST /replicate` as a person sends it.
  func inject(_ text: String, at number: Int) async throws -> Answer {
    try await post("/replicate", #"{"data":{"text":"\#(text)","sequence_id":\#(number)}}"#)
  }
}
