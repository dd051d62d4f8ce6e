import ReplicationCore

/// A command of a story: an optional time, the command, plain words and `key=value` pairs.
struct Words {
  let line: String
  /// From `at 250ms …`.
  let time: Interval?
  let command: String
  private var plain: [String] = []
  private var values: [String: String] = [:]

  init(_ text: some StringProtocol) throws {
    line = String(text)
    var words = line.split(separator: " ").map { String($0) }
    if words.first == "at", words.count >= 2 {
      time = try Self.interval(words[1], in: line)
      words.removeFirst(2)
    } else {
      time = nil
    }
    guard !words.isEmpty else { throw Story.Unclear(line: line, reason: "no command") }
    command = words.removeFirst()
    for word in words {
      if let equals = word.firstIndex(of: "=") {
        values[String(word[..<equals])] = String(word[word.index(after: equals)...])
      } else {
        plain.append(word)
      }
    }
  }

  /// The next plain word.
  mutating func next() throws -> String {
    guard !plain.isEmpty else { throw Story.Unclear(line: line, reason: "a word is missing") }
    return plain.removeFirst()
  }

  /// Whether the next plain word begins with a digit.
  var isRangeNext: Bool { plain.first?.first?.isNumber ?? false }

  /// All plain words that are left, as one text.
  mutating func rest() -> String {
    defer { plain = [] }
    return plain.joined(separator: " ")
  }

  mutating func value(_ key: String) -> String? { values.removeValue(forKey: key) }

  mutating func number(_ key: String) throws -> Int? {
    guard let text = value(key) else { return nil }
    guard let number = Int(text) else { throw Story.Unclear(line: line, reason: "\(key) is no number") }
    return number
  }

  mutating func interval(_ key: String) throws -> Interval? {
    guard let text = value(key) else { return nil }
    return try Self.interval(text, in: line)
  }

  /// A number after a letter, as in f1 or #3.
  mutating func nextNumber(after prefix: String) throws -> Int {
    let word = try next()
    guard word.hasPrefix(prefix), let number = Int(word.dropFirst(prefix.count)) else {
      throw Story.Unclear(line: line, reason: "\(word) instead of \(prefix) and a number")
    }
    return number
  }

  /// Offsets as in 3…5 or 3.
  mutating func nextRange() throws -> ClosedRange<UInt64> {
    let word = try next()
    let ends = word.split(separator: "…").compactMap { UInt64($0) }
    guard let first = ends.first, let last = ends.last, first <= last else {
      throw Story.Unclear(line: line, reason: "\(word) is no range of offsets")
    }
    return first...last
  }

  /// Nothing may be left that no handler has read.
  func finish() throws {
    let left = plain + values.keys
    guard left.isEmpty else { throw Story.Unclear(line: line, reason: "unknown: \(left)") }
  }

  private static func interval(_ text: String, in line: String) throws -> Interval {
    if text.hasSuffix("ms"), let number = Double(text.dropLast(2)) {
      return Interval(nanoseconds: Int64(number * 1_000_000))
    }
    if text.hasSuffix("s"), let number = Double(text.dropLast()) {
      return Interval(nanoseconds: Int64(number * 1_000_000_000))
    }
    throw Story.Unclear(line: line, reason: "\(text) is no time")
  }
}

extension Interval {
  /// For stories: milliseconds to the hundredth.
  var text: String {
    let hundredths = (nanoseconds + 5000) / 10_000
    return hundredths % 100 == 0 ? "\(hundredths / 100) ms" : "\(Double(hundredths) / 100) ms"
  }
}
