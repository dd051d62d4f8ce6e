internal import FuzzInput
internal import ReplicationCore

/// Small messages of each kind, with and without entries, each as it is and with the repairs.
enum WireSeeds {
  static var all: [[UInt8]] {
    let messages: [(choice: UInt8, bytes: [UInt8])] = [
      (0, request(entries).encoded()), (0, request(.empty(after: .zero)).encoded()), (1, answer.encoded()),
      (2, FetchRequest(log: log, after: Offset(1), bytesMax: 1000).encoded()),
      (3, fetched(beginning, entries).encoded()), (3, fetched(nil, .empty(after: Offset(9))).encoded()),
      (4, previous + Array(entries.bytes)), (5, Array(entries.bytes)),
    ]
    var inputs: [[UInt8]] = []
    for message in messages {
      for repair in [UInt8(0), 1, 7] { inputs.append([message.choice | repair << 4] + message.bytes) }
      for bytes in extremes(of: message.bytes) { inputs.append([message.choice | 5 << 4] + bytes) }
    }
    return inputs
  }

  /// The message with the largest number in each place: no mutation hits all eight bytes of one soon.
  private static func extremes(of message: [UInt8]) -> [[UInt8]] {
    stride(from: 0, to: min(message.count, 128), by: 4).map { position in
      var bytes = message
      bytes.put(.max, at: position)
      return bytes
    }
  }

  private static let log = LogID(high: 1, low: 2)
  private static let beginning = LogPoint(beginning: log)
  private static let mastership = Mastership(epoch: Epoch(3), startID: 4)
  private static let identity = NodeIdentity(node: NodeID(high: 5, low: 6), incarnation: 7)

  private static let entries: EntryRun = {
    var bytes: [UInt8] = []
    var point = beginning
    for payload in ["", "a", "twenty bytes of text"] {
      let entry = Entry(
        offset: point.offset.next, epoch: Epoch(2), time: 1, fields: payload.isEmpty ? [1, 2, 3] : [],
        payload: Array(payload.utf8))
      point = entry.encode(into: &bytes, after: point)
    }
    return EntryRun(first: Offset(1), last: point.offset, bytes: bytes)
  }()

  /// What comes before a run alone: the point, and the highest epoch.
  private static let previous: [UInt8] = {
    var bytes = [UInt8](repeating: 0, count: 32)
    bytes.put(beginning.hash, at: 16)
    bytes.put(9, at: 24)
    return bytes
  }()

  private static func request(_ entries: EntryRun) -> ReplicateRequest {
    ReplicateRequest(
      mastership: mastership, log: log, previous: beginning, commit: .zero, masterURL: "http://m:1", entries: entries)
  }

  private static var answer: ReplicateAnswer {
    ReplicateAnswer(
      outcome: .mismatch, identity: identity, promise: mastership, log: log, end: end, commitKnown: Offset(1),
      delay: .milliseconds(5))
  }

  private static func fetched(_ point: LogPoint?, _ entries: EntryRun) -> FetchAnswer {
    FetchAnswer(
      identity: identity, promise: mastership, log: log, end: end, commitKnown: Offset(1), point: point,
      entries: entries)
  }

  private static var end: LogPoint { entries.point(at: entries.last) ?? beginning }
}
