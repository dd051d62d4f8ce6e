import ReplicationCore

/// Who holds an entry, since when.
extension MasterStage {
  /// The stage's time counts from 1970.
  mutating func noteConfirmations() {
    master.noteConfirmations(time: UInt64((now - Instant(nanoseconds: 0)).milliseconds))
  }

  /// copies 3: of the entry at offset 3.
  func copies(_ words: inout Words) throws -> [String] {
    guard let offset = UInt64(try words.next()) else { throw Story.Unclear(line: words.line, reason: "no offset") }
    let copies = master.copies(of: Offset(offset), now: now).map { copy in
      let name = copy.follower.map { "f\($0 + 1)" } ?? "master"
      let time = copy.confirmed.map { "at \($0) ms" } ?? "unknown when"
      return "\(name) \(time)" + (copy.certainty == .certain ? "" : " (\(copy.certainty))")
    }
    return [copies.isEmpty ? "nobody" : copies.joined(separator: ", ")]
  }
}
