extension [UInt8] {
  /// Appends a JSON text as it is.
  package mutating func appendJSON(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a string as JSON: quoted, with what RFC 8259 wants escaped and nothing else.
  ///
  /// - Parameter text: UTF-8, not checked.
  package mutating func appendJSONString(_ text: some Collection<UInt8>) {
    let done: Void? = text.withContiguousStorageIfAvailable { appendJSON("", string: UnsafeRawBufferPointer($0), "") }
    if done == nil { Array(text).withUnsafeBytes { appendJSON("", string: $0, "") } }
  }

  /// Appends a JSON text, a string as `appendJSONString` does, and another text. Of many strings most have nothing to escape:
  /// such a one is looked through by words and copied at once, together with what is around it.
  ///
  /// - Parameters:
  ///   - before: the text before the string's quotation mark.
  ///   - string: UTF-8, not checked.
  ///   - after: the text after the string's quotation mark.
  package mutating func appendJSON(_ before: StaticString, string: UnsafeRawBufferPointer, _ after: StaticString) {
    let plain = string.plainJSONCount(from: 0)
    append(addingCapacity: before.utf8CodeUnitCount + string.count + after.utf8CodeUnitCount + 2) { text in
      text.append(before)
      text.append(UInt8(ascii: "\""))
      text.append(bytes: string, 0..<plain)
      guard plain == string.count else { return }
      text.append(UInt8(ascii: "\""))
      text.append(after)
    }
    if plain == string.count { return }
    appendJSONEscaped(string, from: plain)
    append(UInt8(ascii: "\""))
    appendJSON(after)
  }

  /// Appends a string's bytes from `begin` on, where one is to be escaped.
  private mutating func appendJSONEscaped(_ string: UnsafeRawBufferPointer, from begin: Int) {
    var position = begin
    while position < string.count {
      appendJSONEscaped(string[position])
      let plain = string.plainJSONCount(from: position + 1)
      append(contentsOf: string[position + 1..<position + 1 + plain])
      position += 1 + plain
    }
  }

  private mutating func appendJSONEscaped(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): self += [UInt8(ascii: "\\"), byte]
    case 0x08: appendJSON("\\b")
    case 0x09: appendJSON("\\t")
    case 0x0A: appendJSON("\\n")
    case 0x0C: appendJSON("\\f")
    case 0x0D: appendJSON("\\r")
    default:
      appendJSON("\\u00")
      append(contentsOf: (byte < 0x10 ? "0" : "").utf8)
      append(contentsOf: String(byte, radix: 16).utf8)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// How many bytes from `begin` on stand in a JSON string as they are, before the first one that doesn't.
  fileprivate func plainJSONCount(from begin: Int) -> Int {
    var position = begin
    while position + 8 <= count {
      let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let marks = word.bytesToEscape
      if marks != 0 { return position + marks.trailingZeroBitCount / 8 - begin }
      position += 8
    }
    while position < count, !self[position].isToEscape { position += 1 }
    return position - begin
  }
}

extension UInt8 {
  fileprivate var isToEscape: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}

extension UInt64 {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// The lowest mark is the top bit of the lowest byte that JSON wants escaped; no mark: there is none. Marks above the lowest
  /// may be wrong, since the subtraction borrows from a byte only when the one below it is marked.
  fileprivate var bytesToEscape: UInt64 {
    let quotes = self ^ (Self.ones &* UInt64(UInt8(ascii: "\"")))
    let slashes = self ^ (Self.ones &* UInt64(UInt8(ascii: "\\")))
    let controls = (self &- Self.ones &* 0x20) & ~self
    return (controls | ((quotes &- Self.ones) & ~quotes) | ((slashes &- Self.ones) & ~slashes)) & Self.tops
  }
}

extension OutputSpan<UInt8> {
  fileprivate mutating func append(_ text: StaticString) {
    append(bytes: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount), 0..<text.utf8CodeUnitCount)
  }

  fileprivate mutating func append(bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
    withUnsafeMutableBufferPointer { all, count in
      let free = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(all)[count...])
      free.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      count += range.count
    }
  }
}
