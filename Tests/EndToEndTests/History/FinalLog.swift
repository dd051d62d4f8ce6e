/// What the master shows in the end, to look into.
struct FinalLog {
  let entries: [History.Entry]
  private let places: [String: [Int]]

  /// - Parameter entries: in the order in which they are shown.
  init(_ entries: [History.Entry]) {
    self.entries = entries
    places = Dictionary(grouping: entries.indices) { entries[$0].text }
  }

  /// The entries with a text: one, or none, if all is well.
  func entries(with text: String) -> [History.Entry] {
    (places[text] ?? []).map { entries[$0] }
  }

  /// The messages with these offsets. Entries without a message have offsets too.
  func messages(in offsets: Range<Int>) -> ArraySlice<History.Entry> {
    entries[index(of: offsets.lowerBound)..<index(of: offsets.upperBound)]
  }

  /// The first message at or after an offset.
  func first(from offset: Int) -> History.Entry? {
    let index = index(of: offset)
    return index < entries.count ? entries[index] : nil
  }

  /// Where the first message at or after an offset stands.
  private func index(of offset: Int) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].offset < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
