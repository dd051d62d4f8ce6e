import JSON
import LogClient

/// What became of messages, for people and for programs.
extension AddResult {
  /// `offset 42`, or `offsets 42 to 44`; empty where it isn't known.
  var place: String {
    guard let offsets else { return "" }
    return offsets.count == 1
      ? "offset \(offsets.lowerBound)" : "offsets \(offsets.lowerBound) to \(offsets.upperBound)"
  }

  /// Who holds what is committed with a write concern, as far as that says.
  static func holders(_ writeConcern: WriteConcern?) -> String {
    switch writeConcern {
    case .nodes(1)?: "the master"
    case .nodes(let number)?: "\(number) nodes"
    case .all?: "all nodes"
    case .majority?, nil: "a majority of the nodes"
    }
  }

  /// Where what is committed is, who holds it, and whether it was there before.
  func place(_ writeConcern: WriteConcern?) -> String {
    let known = (offsets?.count ?? 1) == 1 ? "; it was there already" : "; they were there already"
    return "\(place), held by \(Self.holders(writeConcern))\(isReplayed ? known : "")"
  }

  /// Why it isn't committed, and what to do now.
  /// - Parameter repetition: the command that finds out.
  func explanation(repetition: String) -> String {
    switch outcome {
    case .committed: place
    case .pending:
      "pending: stored at \(place), held by \(heldBy.joined(separator: ", ")), not yet by "
        + "\(missing.joined(separator: ", ")): it goes on replicating; to wait on: \(repetition)"
    case .notWritten: problem.map { $0.hasPrefix("not written") ? $0 : "not written: \($0)" } ?? "not written"
    case .unknown:
      "unknown whether it was written, after \(attempts) \(attempts == 1 ? "try" : "tries") (\(problem ?? "no answer")); to find out, and add it if it "
        + "was not: \(repetition)"
    }
  }

  /// One JSON object.
  var json: String { String(decoding: jsonBytes(), as: UTF8.self) }

  /// - Parameter lines: of the input, if they come from there.
  func jsonBytes(lines: ClosedRange<Int>? = nil) -> [UInt8] {
    var members: [JSONValue.Member] = [.init(name: "outcome", value: .string(outcome.rawValue))]
    func add(_ name: String, _ value: JSONValue?) { members.append(.init(name: name, value: value ?? .null)) }
    if let lines {
      add("first_line", .number(UInt64(lines.lowerBound)))
      add("last_line", .number(UInt64(lines.upperBound)))
    }
    add("offset", offsets.map { .number($0.lowerBound) })
    add("last_offset", offsets.map { .number($0.upperBound) })
    add("epoch", epoch.map { .number($0) })
    add("key", .string(key))
    add("replayed", .bool(isReplayed))
    add("attempts", .number(UInt64(attempts)))
    if outcome == .pending {
      add("held_by", .array(heldBy.map { .string($0) }))
      add("missing", .array(missing.map { .string($0) }))
    }
    if let problem { add("problem", .string(problem)) }
    var bytes: [UInt8] = []
    JSONValue.object(members).write(to: &bytes)
    return bytes
  }
}
