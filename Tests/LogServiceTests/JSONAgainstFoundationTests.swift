import Foundation
import JSON
import Testing

@testable import LogService

extension LogServiceTests {
  /// The reader against Foundation's, on values that nobody thought of.
  @Suite struct JSONAgainstFoundationTests {
    private struct DataMember: Decodable { let data: String }
    private struct ConcernMember: Decodable { let write_concern: Int }

    /// An object as Foundation writes it, in one of its styles.
    private static func text(_ members: [String: RandomJSON], using generator: inout SeededGenerator) throws -> Data {
      let styles: [JSONSerialization.WritingOptions] = [
        [], .prettyPrinted, [.sortedKeys, .withoutEscapingSlashes], [.prettyPrinted, .sortedKeys],
      ]
      return try JSONSerialization.data(
        withJSONObject: members.mapValues(\.foundation), options: styles.randomElement(using: &generator) ?? [])
    }

    private static func randomBody(using generator: inout SeededGenerator) -> [String: RandomJSON] {
      var members = RandomJSON.randomMembers(depth: 4, using: &generator)
      members["data"] = nil
      members["write_concern"] = nil
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: break
      case 1: members["data"] = .random(depth: 2, using: &generator)
      default: members["data"] = .string(RandomJSON.randomString(using: &generator))
      }
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: break
      case 1: members["write_concern"] = .random(depth: 2, using: &generator)
      case 2: members["write_concern"] = .double(RandomJSON.randomDouble(using: &generator))
      default: members["write_concern"] = .int(Int.random(in: -2...5, using: &generator))
      }
      return members
    }

    @Test func itReadsFromValidTextsWhatFoundationReads() throws {
      let seed = UInt64.random(in: 0...UInt64.max)
      var generator = SeededGenerator(seed: seed)
      var strings = 0
      var numbers = 0
      for round in 0..<4_000 {
        let members = Self.randomBody(using: &generator)
        let text = try Self.text(members, using: &generator)
        let comment = Comment(rawValue: "seed \(seed), round \(round): \(String(decoding: text, as: UTF8.self))")
        let fields = try AddBody.fields(of: Array(text), ["data", "write_concern"], like: "")
        #expect((fields["data"] == nil) == (members["data"] == nil), comment)
        #expect((fields["write_concern"] == nil) == (members["write_concern"] == nil), comment)
        let string = try? JSONDecoder().decode(DataMember.self, from: text).data
        if case .string(let bytes) = fields["data"] {
          strings += 1
          #expect(string.map { Array($0.utf8) } == bytes, comment)
        } else {
          #expect(string == nil, comment)
        }
        let number = try? JSONDecoder().decode(ConcernMember.self, from: text).write_concern
        if case .number(let value) = fields["write_concern"] {
          numbers += 1
          // Beyond 2⁵³ Foundation still tells whole numbers, and the reader deliberately doesn't.
          #expect(value == number.flatMap { $0.magnitude < 1 << 53 ? $0 : nil }, comment)
        } else {
          #expect(number == nil, comment)
        }
      }
      #expect(strings > 1_000 && numbers > 1_000)
    }

    @Test func itNeverTrapsOnBrokenTextsAndTakesNothingThatFoundationRefuses() throws {
      let seed = UInt64.random(in: 0...UInt64.max)
      var generator = SeededGenerator(seed: seed)
      var accepted = 0
      for round in 0..<20_000 {
        var bytes = Array(try Self.text(Self.randomBody(using: &generator), using: &generator))
        for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&bytes, using: &generator) }
        guard (try? AddBody.fields(of: bytes, ["data", "write_concern"], like: "")) != nil else { continue }
        // A number beyond a Double is JSON, but nothing that Foundation could give back.
        if hasHugeNumber(bytes) { continue }
        accepted += 1
        #expect(
          throws: Never.self, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))"
        ) {
          try JSONSerialization.jsonObject(with: Data(bytes))
        }
      }
      #expect(accepted > 500, "mutations inside strings leave many texts valid")
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
      let index = Int.random(in: 0..<max(1, bytes.count), using: &generator)
      let likely = Array(#"{}[]",:\u0123456789abcdefDd8.eE+-tfn "#.utf8)
      let byte =
        Bool.random(using: &generator)
        ? UInt8.random(in: 0...255, using: &generator) : likely.randomElement(using: &generator) ?? 0
      switch Int.random(in: 0..<5, using: &generator) {
      case 0 where !bytes.isEmpty: bytes[index] = byte
      case 1 where !bytes.isEmpty: bytes.remove(at: index)
      case 2 where !bytes.isEmpty: bytes.removeSubrange(index...)
      case 3 where !bytes.isEmpty:
        let end = min(bytes.count, index + Int.random(in: 1...8, using: &generator))
        bytes.insert(contentsOf: bytes[index..<end], at: Int.random(in: 0...bytes.count, using: &generator))
      default: bytes.insert(byte, at: min(index, bytes.count))
      }
    }

    private func hasHugeNumber(_ bytes: [UInt8]) -> Bool {
      bytes.split { !"0123456789.eE+-".utf8.contains($0) }.contains { run in
        Double(String(decoding: run, as: UTF8.self)).map { !$0.isFinite } ?? false
      }
    }
  }
}
