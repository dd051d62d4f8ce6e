/// Facts with a moment and a height, asked for the highest one before a moment.
struct Peaks {
  struct Fact {
    let at: History.Moment
    let height: Int
    /// What is told of it.
    let name: String
  }

  /// In the order of moments, each the highest up to there.
  private let peaks: [Fact]

  init(_ facts: [Fact]) {
    var peaks: [Fact] = []
    for fact in facts.sorted(by: { $0.at < $1.at }) where peaks.last.map({ fact.height > $0.height }) ?? true {
      peaks.append(fact)
    }
    self.peaks = peaks
  }

  /// The highest fact that is older than `moment`.
  func highest(before moment: History.Moment) -> Fact? {
    var (low, high) = (0, peaks.count)
    while low < high {
      let middle = (low + high) / 2
      if peaks[middle].at < moment { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? peaks[low - 1] : nil
  }
}
