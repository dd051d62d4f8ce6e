import ReplicationCore
import Testing

@Suite struct WireTests {
  private func request(using random: inout SeededGenerator) -> ReplicateRequest {
    let previous = UInt64(random.number(0...1000))
    var epoch = UInt64(random.number(1...5))
    var bytes: [UInt8] = []
    let count = UInt64(random.number(0...5))
    let previousEpoch = previous == 0 ? 0 : epoch
    for number in 0..<count {
      epoch += UInt64(random.number(0...1))
      Entry(
        offset: Offset(previous + 1 + number), epoch: Epoch(epoch), time: random.next(), payload: random.bytes(0...40)
      ).encode(into: &bytes)
    }
    return ReplicateRequest(
      mastership: Mastership(epoch: Epoch(epoch), startID: random.next()), previousOffset: Offset(previous),
      previousEpoch: Epoch(previousEpoch), commit: Offset(random.next() >> 2), masterURL: "http://märz:6061",
      entries: EntryRun(first: Offset(previous + 1), last: Offset(previous + count), bytes: bytes))
  }

  private func answer(using random: inout SeededGenerator) throws -> ReplicateAnswer {
    ReplicateAnswer(
      outcome: try #require(ReplicateAnswer.Outcome.allCases.randomElement(using: &random)),
      identity: NodeIdentity(node: .random(using: &random), incarnation: random.next()),
      promise: Mastership(epoch: Epoch(random.next()), startID: random.next()),
      matchOffset: Offset(random.next() >> 2), delay: .milliseconds(Int64(random.number(0...1_000_000))))
  }

  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func whatIsEncodedDecodesToTheSame(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let request = request(using: &random)
    #expect(try ReplicateRequest(decoding: request.encoded()) == request)
    let answer = try answer(using: &random)
    #expect(answer.encoded().count == ReplicateAnswer.encodedBytes)
    #expect(try ReplicateAnswer(decoding: answer.encoded()) == answer)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aMessageCutAnywhereIsTruncatedOrInvalid(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let request = request(using: &random).encoded()
    for length in request.indices {
      // Cut between two entries, it is the number of entries that tells.
      #expect(throws: WireError.self) { try ReplicateRequest(decoding: Array(request[..<length])) }
    }
    let answer = try answer(using: &random).encoded()
    for length in answer.indices {
      #expect(throws: WireError.truncated) { try ReplicateAnswer(decoding: Array(answer[..<length])) }
    }
    #expect(throws: WireError.truncated) { try ReplicateAnswer(decoding: answer + [0]) }
    #expect(throws: WireError.self) { try ReplicateRequest(decoding: request + [0]) }
  }

  /// It throws, or what it gives keeps to its invariants; it never traps.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func aMessageWithFlippedBitsNeverCrashes(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let request = request(using: &random).encoded()
    let answer = try answer(using: &random).encoded()
    for _ in 0..<200 {
      var bytes = request
      for _ in 0...random.number(0...3) { bytes[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255)) }
      if let decoded = try? ReplicateRequest(decoding: bytes) {
        #expect(decoded.entries.first == decoded.previousOffset.next)
        var count: UInt64 = 0
        decoded.entries.forEach { _ in count += 1 }
        #expect(count == decoded.entries.count)
      }
      bytes = answer
      bytes[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255))
      if let decoded = try? ReplicateAnswer(decoding: bytes) { #expect(decoded.matchOffset.next > .zero) }
    }
  }

  /// Each number of the header in turn becomes as large as can be.
  @Test func hugeNumbersAreRefusedOrHarmless() throws {
    var random = SeededGenerator(seed: 9)
    let request = request(using: &random).encoded()
    let answer = try answer(using: &random).encoded()
    for position in 0..<58 {
      for size in [2, 4, 8] where position + size <= request.count {
        var bytes = request
        for index in position..<position + size { bytes[index] = 0xFF }
        if let decoded = try? ReplicateRequest(decoding: bytes) { #expect(decoded.entries.count <= 5) }
      }
    }
    var bytes = request
    for index in 24..<32 { bytes[index] = 0xFF }
    #expect(throws: WireError.invalid("previous offset \(UInt64.max)")) { try ReplicateRequest(decoding: bytes) }
    bytes = answer
    for index in 52..<60 { bytes[index] = 0xFF }
    #expect(throws: WireError.invalid("match \(UInt64.max)")) { try ReplicateAnswer(decoding: bytes) }
  }

  @Test func otherFormatsAndVersionsAreNamed() throws {
    var random = SeededGenerator(seed: 3)
    var request = request(using: &random).encoded()
    var answer = try answer(using: &random).encoded()
    #expect(throws: WireError.notThisFormat) { try ReplicateAnswer(decoding: request) }
    #expect(throws: WireError.notThisFormat) { try ReplicateRequest(decoding: answer) }
    request[4] = 2
    answer[4] = 3
    #expect(throws: WireError.unknownVersion(2)) { try ReplicateRequest(decoding: request) }
    #expect(throws: WireError.unknownVersion(3)) { try ReplicateAnswer(decoding: answer) }
    answer[4] = 1
    answer[8] = 99
    #expect(throws: WireError.invalid("outcome 99")) { try ReplicateAnswer(decoding: answer) }
  }
}
