internal import FuzzInput
internal import ReplicationCore

/// What libFuzzer calls before anything else.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutableRawPointer, _ arguments: UnsafeMutableRawPointer) -> Int32 {
  Seeds.writeIfAsked { WireSeeds.all }
  return 0
}

/// What libFuzzer calls with each input. The first byte chooses the message, and what is repaired; the rest is the message.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  var bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let choice = bytes.first else { return 0 }
  bytes.removeFirst()
  let repair = WireRepair(rawValue: choice >> 4)
  switch choice & 7 {
  case 0: checkReplicateRequest(repair.request(bytes))
  case 1: checkReplicateAnswer(repair.answer(bytes))
  case 2: checkFetchRequest(bytes)
  case 3: checkFetchAnswer(repair.fetchAnswer(bytes))
  case 4: checkRun(repair.run(bytes), after: bytes.point(at: 0), epochMax: Epoch(bytes.number(at: 24)))
  default: checkEntry(bytes)
  }
  return 0
}

private func checkReplicateRequest(_ bytes: [UInt8]) {
  guard let request = try? ReplicateRequest(decoding: bytes) else { return }
  precondition(request.encoded() == bytes, "a request has two forms")
  check(request.entries, after: request.previous)
}

private func checkReplicateAnswer(_ bytes: [UInt8]) {
  guard let answer = try? ReplicateAnswer(decoding: bytes) else { return }
  precondition(answer.encoded() == bytes, "an answer has two forms")
}

private func checkFetchRequest(_ bytes: [UInt8]) {
  guard let request = try? FetchRequest(decoding: bytes) else { return }
  precondition(request.encoded() == bytes, "a fetch request has two forms")
}

private func checkFetchAnswer(_ bytes: [UInt8]) {
  guard let answer = try? FetchAnswer(decoding: bytes) else { return }
  precondition(answer.encoded() == bytes, "a fetch answer has two forms")
  guard let point = answer.point else { return precondition(answer.entries.isEmpty, "entries after nothing") }
  precondition(point.offset <= answer.end.offset && answer.entries.last <= answer.end.offset, "it goes beyond its end")
  check(answer.entries, after: point)
}

private func checkRun(_ bytes: [UInt8], after previous: LogPoint, epochMax: Epoch) {
  guard previous.offset.rawValue < UInt64.max >> 1 else { return }
  guard let run = try? EntryRun(checking: SharedBytes(bytes), after: previous, epochMax: epochMax) else { return }
  precondition(Array(run.bytes) == bytes, "a run lost bytes")
  check(run, after: previous)
}

/// What was decoded is a run of entries, each of which encodes to the very same bytes.
private func check(_ run: EntryRun, after previous: LogPoint) {
  var bytes: [UInt8] = []
  var last = previous
  run.forEach { view in
    let entry = Entry(
      kind: view.kind, offset: view.offset, epoch: view.epoch, time: view.time, fields: Array(view.fields),
      payload: Array(view.payload))
    last = entry.encode(into: &bytes, after: last)
    precondition(last == view.point && run.point(at: view.offset) == view.point, "entry \(view.offset) has two points")
  }
  precondition(bytes == Array(run.bytes), "entries have two forms")
  precondition(run.first == previous.offset.next && run.last == last.offset, "a run is miscounted")
  let half = Offset(run.first.rawValue + run.count / 2)
  let rest = run.after(half.previous)
  precondition(rest.isEmpty == run.isEmpty && rest.last == run.last, "half of a run has another end")
}

/// An entry that nothing is known about.
private func checkEntry(_ bytes: [UInt8]) {
  bytes.withUnsafeBytes { raw in
    guard let entry = try? EntryView(startOf: raw) else { return }
    precondition(entry.encodedBytes == Entry.headerBytes + entry.fields.count + entry.payload.count, "\(entry.point)")
    let ends = [entry.fields, entry.payload, entry.bytes].map { $0.reduce(UInt64(0)) { $0 &+ UInt64($1) } }
    precondition(ends[0] + ends[1] <= ends[2], "fields and payload lie outside the entry")
    _ = entry.version
    try? entry.check(after: LogPoint(offset: .zero, epoch: .none, hash: 0))
    guard let fields = try? Entry.Fields(decoding: entry.fields) else { return }
    let again = fields.encoded.withUnsafeBytes { try? Entry.Fields(decoding: $0) }
    precondition(again == fields, "facts of an entry come back as others")
  }
}
