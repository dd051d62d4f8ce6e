import HTTPClient
package import JSON

/// What a node answered: its envelope, and what its head says of messages.
package struct Answer: Sendable, Hashable {
  package let status: Int
  /// What became of the messages; nil where the answer doesn't say.
  package let outcome: Outcome?
  package let offsets: ClosedRange<UInt64>?
  package let epoch: UInt64?
  let isReplayed: Bool
  /// How long the node wants to be left alone.
  let retryAfter: Duration?
  /// What the node says in words; empty where it says nothing.
  package let message: String
  package let data: JSONValue

  /// The fields of the head that it looks at.
  static let headerNames = [
    "Log-Outcome", "Log-Offset", "Log-Last-Offset", "Log-Epoch", "Idempotency-Replayed", "Retry-After",
  ]

  /// - Parameter response: of any server.
  init(_ response: Response) {
    self.init(status: response.status, headers: response.headers, body: response.body)
  }

  /// What is not as a node would say it counts as not said.
  init(status: Int, headers header: Headers, body: [UInt8]) {
    let envelope = try? JSONReader.read(body) { (reader) throws(JSONError) in try reader.value() }
    let data = envelope?["data"] ?? .null
    self.status = status
    message = envelope?["message"]?.string ?? ""
    self.data = data
    outcome = (header["Log-Outcome"] ?? data["outcome"]?.string).flatMap(Outcome.init)
    let first = header["Log-Offset"].flatMap { UInt64($0) } ?? data["offset"]?.number
    let last = header["Log-Last-Offset"].flatMap { UInt64($0) } ?? data["last_offset"]?.number ?? first
    if let first, let last, first <= last { offsets = first...last } else { offsets = nil }
    epoch = header["Log-Epoch"].flatMap { UInt64($0) } ?? data["epoch"]?.number
    isReplayed = header["Idempotency-Replayed"] == "true"
    retryAfter = header["Retry-After"].flatMap { Int($0) }.map { .seconds(min(max($0, 0), 3600)) }
  }

  /// The master that a follower sends its clients to.
  var master: String? { status == 421 ? data["master"]?.string : nil }

  /// Whether the key is that of another message, whose offset is told.
  var isOtherMessage: Bool { status == 422 && offsets != nil }

  func names(_ member: String) -> [String] { (data[member]?.array ?? []).compactMap(\.string) }
}
