/// What each page showed, held against the log.
extension HistoryChecker {
  mutating func checkPages() {
    for read in history.reads {
      guard read.status == 200 else {
        if read.status != 504 || read.minOffset == nil { report(.pageEnd, "\(describe(read)) got \(read.status)") }
        continue
      }
      checkEnd(of: read)
      checkSlice(read)
    }
  }

  func describe(_ read: History.Read) -> String {
    "node \(read.node), \(read.level.rawValue), \(read.from)..<\(read.next), last \(read.last), at \(read.call)"
  }

  private mutating func checkEnd(of read: History.Read) {
    let isFull = read.messages.count == read.limit
    let expected = max(read.from, read.last + 1)
    if read.messages.count > read.limit || read.next > expected || read.next < read.from
      || read.next < expected && !isFull
    {
      report(.pageEnd, "\(describe(read)): \(read.messages.count) messages, at most \(read.limit) asked for")
    }
  }

  private mutating func checkSlice(_ read: History.Read) {
    let expected = log.messages(in: read.from..<max(read.from, read.next))
    guard let difference = difference(read.messages, expected), !isLostTail(read, from: difference) else { return }
    let shown = read.messages.indices.contains(difference) ? "\(read.messages[difference])" : "nothing"
    let wanted = expected.dropFirst(difference).first.map { "\($0)" } ?? "nothing"
    report(
      read.level == .committed ? .committedLost : .slice,
      "\(describe(read)): shows \(shown) in place \(difference), the log has \(wanted)")
  }

  /// The first place where a page and a part of the log differ.
  private func difference(_ shown: [History.Read.Message], _ expected: ArraySlice<History.Entry>) -> Int? {
    let place = zip(shown, expected).enumerated().first { !Self.isSame($1.0, $1.1) }?.offset
    return place ?? (shown.count == expected.count ? nil : min(shown.count, expected.count))
  }

  static func isSame(_ shown: History.Read.Message, _ entry: History.Entry) -> Bool {
    shown.text == entry.text && shown.offset ?? entry.offset == entry.offset
      && shown.epoch ?? entry.epoch == entry.epoch
  }

  /// "A message that was shown may go again in one case: it was not acknowledged by a majority, its master died, and the next
  /// master started without it": then its place has gone to a later epoch. A master never starts without its own.
  ///
  /// A seal in such a tail looks like a message left out. There is none as long as a master finds its followers when it starts.
  private func isLostTail(_ read: History.Read, from difference: Int) -> Bool {
    guard read.level == .local, read.node != 0, read.messages.indices.contains(difference),
      let offset = read.messages[difference].offset, let epoch = read.messages[difference].epoch
    else { return false }
    guard let next = log.first(from: offset) else { return history.starts.contains { $0.node == 0 } }
    return next.epoch > epoch
  }
}
