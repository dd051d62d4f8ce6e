/// What is wrong with a JSON text, and where.
package struct JSONError: Error, Hashable {
  /// What was expected, for people.
  package let problem: String
  /// The byte at which reading stopped, from 0.
  package let position: Int

  package var description: String { "\(problem) at byte \(position)" }
}

/// Reads one JSON text from its front to its end, strictly by RFC 8259, and keeps only what the caller asks for.
///
/// Foundation's decoder takes trailing commas, numbers like `01`, lone surrogates in members that nobody reads, and UTF-16;
/// a log that promises 400 for what is not JSON can't (docs/adr/0003-json-reader.md).
package struct JSONReader {
  /// Arrays and objects within each other; more are refused, since each takes stack.
  package static let depthMax = 128

  private let bytes: UnsafeBufferPointer<UInt8>
  package private(set) var position = 0
  private var depth = 0

  /// Checks that `bytes` are UTF-8 and one JSON value with nothing behind it, which `body` must read.
  package static func read<Value>(
    _ bytes: [UInt8], _ body: (inout JSONReader) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
      var reader = JSONReader(bytes: buffer)
      try reader.checkUTF8()
      let value = try body(&reader)
      try reader.end()
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private func checkUTF8() throws(JSONError) {
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw JSONError(problem: "not UTF-8", position: error.byteOffsets.lowerBound)
    }
  }

  private mutating func end() throws(JSONError) {
    if try peek() != nil { throw failure("expected the end") }
  }

  private func failure(_ problem: String) -> JSONError {
    JSONError(problem: problem, position: position)
  }

  /// The first byte of what comes next, after white space; nil at the end.
  private mutating func peek() throws(JSONError) -> UInt8? {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return bytes[position]
      }
    }
    return nil
  }

  // MARK: Values

  /// What kind of value comes next.
  package enum Kind { case object, array, string, number, literal }

  /// What kind of value comes next, without reading it.
  package mutating func kind() throws(JSONError) -> Kind {
    guard let first = try peek() else { throw failure("expected a value, found the end") }
    return switch first {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): .literal
    default: throw failure("expected a value")
    }
  }

  /// Reads an object; `member` must read each member's value.
  package mutating func object(
    _ member: (JSONName, inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enter(UInt8(ascii: "{"))
    if try !leave(UInt8(ascii: "}")) {
      repeat {
        guard try peek() == UInt8(ascii: "\"") else { throw failure("expected a member's name") }
        let name = JSONName(text: try text())
        guard try peek() == UInt8(ascii: ":") else { throw failure("expected ':'") }
        position += 1
        try member(name, &self)
      } while try another(before: UInt8(ascii: "}"))
    }
  }

  /// Reads a list; `element` must read each value.
  package mutating func array(_ element: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
    try enter(UInt8(ascii: "["))
    if try !leave(UInt8(ascii: "]")) {
      repeat { try element(&self) } while try another(before: UInt8(ascii: "]"))
    }
  }

  /// Reads a value and forgets it, as strictly as one that is kept.
  package mutating func skip() throws(JSONError) {
    switch try kind() {
    case .object:
      try object { (_, reader) throws(JSONError) in try reader.skip() }
    case .array: try array { (reader) throws(JSONError) in try reader.skip() }
    case .string: _ = try text()
    case .number: _ = try number()
    case .literal: _ = try literal()
    }
  }

  private mutating func enter(_ bracket: UInt8) throws(JSONError) {
    guard try peek() == bracket else { throw failure("expected '\(Character(UnicodeScalar(bracket)))'") }
    guard depth < Self.depthMax else { throw failure("nested deeper than \(Self.depthMax)") }
    position += 1
    depth += 1
  }

  private mutating func leave(_ bracket: UInt8) throws(JSONError) -> Bool {
    guard try peek() == bracket else { return false }
    position += 1
    depth -= 1
    return true
  }

  private mutating func another(before bracket: UInt8) throws(JSONError) -> Bool {
    if try leave(bracket) { return false }
    guard try peek() == UInt8(ascii: ",") else {
      throw failure("expected ',' or '\(Character(UnicodeScalar(bracket)))'")
    }
    position += 1
    return true
  }

  /// Reads `true`, `false` or `null`.
  /// - Returns: nil for `null`.
  package mutating func literal() throws(JSONError) -> Bool? {
    for (word, value) in [("true", true), ("false", false), ("null", nil)]
    where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw failure("expected a value")
  }

  // MARK: Numbers

  /// Reads a number.
  /// - Returns: its value if it is a whole number below 2⁵³, however it is written (2, 2.0, 0.2e1), else nil.
  package mutating func number() throws(JSONError) -> Int? {
    if let number = shortNumber() { return number }
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    let begin = position
    if position < bytes.count, bytes[position] == UInt8(ascii: "0") { position += 1 } else { try digits() }
    var mantissa = Array(bytes[begin..<position])
    var exponent = 0
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      position += 1
      let fraction = position
      try digits()
      mantissa += bytes[fraction..<position]
      exponent -= position - fraction
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      position += 1
      let power = position
      if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
        position += 1
      }
      try digits()
      // A power beyond the limit makes every number but 0 too large or no whole one: no body has so many digits.
      let limit = 1 << 48
      let shift = Int(String(decoding: bytes[power..<position], as: UTF8.self)) ?? -limit
      exponent += min(max(shift, -limit), limit)
    }
    return Self.whole(mantissa, exponent: exponent).map { isNegative ? -$0 : $0 }
  }

  /// Reads a number of a few digits and nothing else, as nearly every number is.
  /// - Returns: nil where it is another one, and then nothing is read.
  private mutating func shortNumber() -> Int? {
    let digitsMax = 15
    var next = position
    var value = 0
    while next < bytes.count, next - position <= digitsMax, bytes[next] &- UInt8(ascii: "0") < 10 {
      value = 10 * value + Int(bytes[next] - UInt8(ascii: "0"))
      next += 1
    }
    let isDecimal = next == position + 1 || bytes[position] != UInt8(ascii: "0")
    guard next > position, next - position <= digitsMax, isDecimal, next < bytes.count,
      bytes[next] == UInt8(ascii: "}") || bytes[next] == UInt8(ascii: ",")
    else { return nil }
    position = next
    return value
  }

  /// The value of decimal digits times a power of ten, by its digits: a `Double` would take 1.00000000000000000001 for 1.
  private static func whole(_ mantissa: [UInt8], exponent: Int) -> Int? {
    var digits = mantissa.drop { $0 == UInt8(ascii: "0") }
    var exponent = exponent
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      exponent += 1
    }
    if digits.isEmpty { return 0 }
    let digitsMax = 16
    guard exponent >= 0, exponent < digitsMax, digits.count + exponent <= digitsMax else { return nil }
    let zeros = String(repeating: "0", count: exponent)
    guard let value = Int(String(decoding: digits, as: UTF8.self) + zeros) else { return nil }
    return value < 9_007_199_254_740_992 ? value : nil
  }

  private mutating func digits() throws(JSONError) {
    let begin = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    if position == begin { throw failure("expected a digit") }
  }
}

// MARK: Strings

extension JSONReader {
  /// Reads a string.
  /// - Returns: its UTF-8 bytes, escapes resolved.
  package mutating func string() throws(JSONError) -> [UInt8] {
    switch try text() {
    case .asItLies(let bytes): return Array(bytes)
    case .resolved(let bytes): return bytes
    }
  }

  /// A string's UTF-8 bytes.
  enum Text {
    /// Those of the JSON text, valid while it is read: the string has no escapes.
    case asItLies(UnsafeBufferPointer<UInt8>)
    /// A copy with the escapes resolved.
    case resolved([UInt8])
  }

  private mutating func text() throws(JSONError) -> Text {
    position += 1
    let begin = position
    position = endOfPlain(from: begin)
    let plain = UnsafeBufferPointer(rebasing: bytes[begin..<position])
    if position < bytes.count, bytes[position] == UInt8(ascii: "\"") {
      position += 1
      return .asItLies(plain)
    }
    return .resolved(try resolved(after: plain))
  }

  /// Reads the rest of a string that is not plain.
  private mutating func resolved(after plain: UnsafeBufferPointer<UInt8>) throws(JSONError) -> [UInt8] {
    var text = Array(plain)
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &text)
      case 0..<0x20:
        throw failure("a control character must be escaped")
      default:
        let end = endOfPlain(from: position)
        text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[position..<end]))
        position = end
      }
    }
    throw failure("expected '\"', found the end")
  }

  /// Where the bytes end that stand for themselves in a string: at a quote, a backslash, a control character or the end.
  private func endOfPlain(from begin: Int) -> Int {
    let raw = UnsafeRawBufferPointer(bytes)
    var end = begin
    while end + 8 <= raw.count {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: end, as: UInt64.self))
      let marks = word.bytesToEscape
      if marks != 0 { return end + marks.trailingZeroBitCount / 8 }
      end += 8
    }
    while end < raw.count, !raw[end].isToEscape { end += 1 }
    return end
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard position < bytes.count else { throw failure("expected an escape, found the end") }
    let letter = bytes[position]
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      position += 1
      text += String(Character(try unicodeEscape())).utf8
      return
    default: throw failure("no such escape")
    }
    position += 1
  }

  private mutating func unicodeEscape() throws(JSONError) -> UnicodeScalar {
    let unit = try fourHexDigits()
    if let scalar = UnicodeScalar(unit) { return scalar }
    guard unit < 0xDC00, position + 1 < bytes.count,
      bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u")
    else { throw failure("a lone surrogate") }
    position += 2
    let low = try fourHexDigits()
    guard (0xDC00...0xDFFF).contains(low),
      let scalar = UnicodeScalar(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))
    else { throw failure("a lone surrogate") }
    return scalar
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = Character(UnicodeScalar(bytes[position])).hexDigitValue,
        bytes[position] < 0x80
      else { throw failure("expected four hexadecimal digits") }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}
