import ReplicationCore
import Testing

@Suite struct WireTests {
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func whatIsEncodedDecodesToTheSame(seed: UInt64) throws {
    var samples = WireSamples(seed: seed)
    let request = samples.request()
    #expect(try ReplicateRequest(decoding: request.encoded()) == request)
    let answer = samples.answer()
    #expect(answer.encoded().count == ReplicateAnswer.encodedBytes)
    #expect(try ReplicateAnswer(decoding: answer.encoded()) == answer)
    let fetch = samples.fetchRequest()
    #expect(fetch.encoded().count == FetchRequest.encodedBytes)
    #expect(try FetchRequest(decoding: fetch.encoded()) == fetch)
    let fetched = samples.fetchAnswer()
    #expect(try FetchAnswer(decoding: fetched.encoded()) == fetched)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func aMessageCutAnywhereIsTruncatedOrInvalid(seed: UInt64) throws {
    var samples = WireSamples(seed: seed)
    let request = samples.request().encoded()
    for length in request.indices {
      // Cut between two entries, it is the number of entries that tells.
      #expect(throws: WireError.self) { try ReplicateRequest(decoding: Array(request[..<length])) }
    }
    #expect(throws: WireError.self) { try ReplicateRequest(decoding: request + [0]) }
    let answer = samples.answer().encoded()
    for length in answer.indices {
      #expect(throws: WireError.truncated) { try ReplicateAnswer(decoding: Array(answer[..<length])) }
    }
    #expect(throws: WireError.truncated) { try ReplicateAnswer(decoding: answer + [0]) }
    let fetch = samples.fetchRequest().encoded()
    for length in fetch.indices {
      #expect(throws: WireError.truncated) { try FetchRequest(decoding: Array(fetch[..<length])) }
    }
    #expect(throws: WireError.truncated) { try FetchRequest(decoding: fetch + [0]) }
    let whole = samples.fetchAnswer()
    let fetched = whole.encoded()
    for length in fetched.indices {
      // Cut between two entries it is an answer that brings less: HTTP says how long it is, and the rest is asked for
      // anew.
      guard let decoded = try? FetchAnswer(decoding: Array(fetched[..<length])) else { continue }
      #expect(decoded.entries.count < whole.entries.count)
    }
    #expect(throws: WireError.self) { try FetchAnswer(decoding: fetched + [0]) }
  }

  /// It throws, or what it gives keeps to its invariants; it never traps. An entry is either whole or refused.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func aMessageWithFlippedBitsNeverCrashes(seed: UInt64) throws {
    var samples = WireSamples(seed: seed)
    let request = samples.request()
    let fetched = samples.fetchAnswer()
    let all = [
      request.encoded(), samples.answer().encoded(), samples.fetchRequest().encoded(), fetched.encoded(),
    ]
    for _ in 0..<200 {
      let bytes = all.map { spoiled($0, using: &samples.random) }
      if let decoded = try? ReplicateRequest(decoding: bytes[0]) {
        #expect(decoded.entries.first == decoded.previous.offset.next)
        // What it lets through is what was sent: the chain binds the entries to the point before.
        if !decoded.entries.isEmpty { #expect(decoded.entries == request.entries) }
      }
      if let decoded = try? ReplicateAnswer(decoding: bytes[1]) { #expect(decoded.end.offset.next > .zero) }
      if let decoded = try? FetchRequest(decoding: bytes[2]) { #expect(decoded.after.next > .zero) }
      if let decoded = try? FetchAnswer(decoding: bytes[3]), !decoded.entries.isEmpty {
        #expect(decoded.entries == fetched.entries)
      }
    }
  }

  private func spoiled(_ message: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
    var bytes = message
    for _ in 0...random.number(0...3) { bytes[random.number(0...bytes.count - 1)] = UInt8(random.number(0...255)) }
    return bytes
  }

  /// Each number of a header in turn becomes as large as can be.
  @Test func hugeNumbersAreRefusedOrHarmless() throws {
    var samples = WireSamples(seed: 9)
    let messages = [
      samples.request().encoded(), samples.answer().encoded(), samples.fetchRequest().encoded(),
      samples.fetchAnswer().encoded(),
    ]
    for message in messages {
      for position in message.indices {
        for size in [2, 4, 8] where position + size <= message.count {
          var bytes = message
          for index in position..<position + size { bytes[index] = 0xFF }
          if let decoded = try? ReplicateRequest(decoding: bytes) { #expect(decoded.entries.count <= 5) }
          _ = try? ReplicateAnswer(decoding: bytes)
          _ = try? FetchRequest(decoding: bytes)
          if let decoded = try? FetchAnswer(decoding: bytes) { #expect(decoded.entries.count <= 5) }
        }
      }
    }
    let huge = "offset \(UInt64.max)"
    #expect(throws: WireError.invalid(huge)) { try ReplicateRequest(decoding: messages[0].overwritten(at: 40)) }
    #expect(throws: WireError.invalid(huge)) { try ReplicateAnswer(decoding: messages[1].overwritten(at: 68)) }
    #expect(throws: WireError.invalid(huge)) { try FetchRequest(decoding: messages[2].overwritten(at: 24)) }
    #expect(throws: WireError.invalid(huge)) { try FetchAnswer(decoding: messages[3].overwritten(at: 64)) }
  }

  @Test func otherFormatsAndVersionsAreNamed() throws {
    var samples = WireSamples(seed: 3)
    var request = samples.request().encoded()
    var answer = samples.answer().encoded()
    let fetched = samples.fetchAnswer().encoded()
    #expect(throws: WireError.notThisFormat) { try ReplicateAnswer(decoding: request) }
    #expect(throws: WireError.notThisFormat) { try ReplicateRequest(decoding: answer) }
    #expect(throws: WireError.notThisFormat) { try FetchRequest(decoding: fetched) }
    #expect(throws: WireError.notThisFormat) { try FetchAnswer(decoding: answer) }
    request[4] = 1
    answer[4] = 3
    #expect(throws: WireError.unknownVersion(1)) { try ReplicateRequest(decoding: request) }
    #expect(throws: WireError.unknownVersion(3)) { try ReplicateAnswer(decoding: answer) }
    answer[4] = 2
    answer[8] = 99
    #expect(throws: WireError.invalid("outcome 99")) { try ReplicateAnswer(decoding: answer) }
  }
}

extension [UInt8] {
  /// With eight bytes of ones at a position.
  fileprivate func overwritten(at position: Int) -> [UInt8] {
    Array(self[..<position]) + [UInt8](repeating: 0xFF, count: 8) + self[(position + 8)...]
  }
}
