import HTTPServer

/// The parameters of a request's query: each known to its path, each given once, each checked when it is asked for.
struct QueryParameters: Sendable {
  /// They are few: a search is shorter than a hash.
  private let items: [QueryItem]

  /// - Parameters:
  ///   - request: whose query.
  ///   - names: of the parameters that the path takes, as they are told to who gives another one.
  /// - Throws: 422 for a parameter that the path doesn't take, and for one that is given twice: which one was meant?
  init(_ request: Request, names: [String]) throws(Rejection) {
    for (index, item) in request.query.enumerated() {
      guard names.contains(item.name) else {
        throw .notAllowed(
          "unknown query parameter '\(item.name)': \(request.path) takes \(names.joined(separator: ", "))")
      }
      guard !request.query[..<index].contains(where: { $0.name == item.name }) else {
        throw .notAllowed("the query parameter '\(item.name)' is given more than once: give it once")
      }
    }
    items = request.query
  }

  /// As it was given; nil when it isn't.
  func text(_ name: String) -> String? { items.first { $0.name == name }.map { $0.value ?? "" } }

  /// A whole number in decimal digits; nil when it isn't given.
  /// - Throws: 422 for anything else, with the range.
  func wholeNumber(_ name: String, in range: ClosedRange<UInt64>) throws(Rejection) -> UInt64? {
    guard let value = text(name) else { return nil }
    guard value.isDecimal, let number = UInt64(value), range.contains(number) else {
      throw .notAllowed(
        "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(value)'")
    }
    return number
  }

  /// Decimal seconds, like 30, 0.5 or 5e-1, exact to the nanosecond where they have no exponent; nil when they aren't given.
  /// - Throws: 422 for anything else, with the range: 0 … `max`.
  func seconds(_ name: String, max: Duration) throws(Rejection) -> Duration? {
    guard let value = text(name) else { return nil }
    guard let duration = Duration(decimalSeconds: value), duration <= max else {
      throw .notAllowed(
        "\(name) must be decimal seconds from 0 to \(max.components.seconds), like 2 or 0.5, not '\(value)'")
    }
    return duration
  }

  /// One of the words that an enumeration has; nil when none is given.
  /// - Throws: 422 for another word, with those that are allowed.
  func word<Word>(_ name: String, _: Word.Type = Word.self) throws(Rejection) -> Word?
  where Word: RawRepresentable & CaseIterable, Word.RawValue == String {
    guard let value = text(name) else { return nil }
    guard let word = Word(rawValue: value) else {
      let allowed = Word.allCases.map(\.rawValue).joined(separator: " or ")
      throw .notAllowed("\(name) must be \(allowed), not '\(value)'")
    }
    return word
  }
}

extension String {
  /// Whether it is one ASCII digit or more and nothing else.
  fileprivate var isDecimal: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}

extension Duration {
  /// Decimal seconds below 10⁹, without a sign; nil for anything else. What is finer than a nanosecond is dropped.
  fileprivate init?(decimalSeconds text: String) {
    // Programs write small numbers with an exponent, as JSON may have it.
    let number = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
    let parts = number[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy(\.isDecimal), let whole = Int64(parts[0]), whole < 1_000_000_000 else { return nil }
    if number.count == 2 {
      let exponent = number[1].first == "-" || number[1].first == "+" ? number[1].dropFirst() : number[1]
      guard String(exponent).isDecimal, let seconds = Double(text), seconds < 1_000_000_000 else { return nil }
      self = .nanoseconds(Int64(seconds * 1_000_000_000))
      return
    }
    var nanoseconds: Int64 = 0
    if parts.count == 2 {
      let digits = parts[1].prefix(9)
      nanoseconds = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
    }
    self = .seconds(whole) + .nanoseconds(nanoseconds)
  }
}
