extension Array where Element == UInt8 {
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
    var plain = 0
    append(addingCapacity: before.utf8CodeUnitCount + string.count + after.utf8CodeUnitCount + 2) { text in
      text.withUnsafeMutableBufferPointer { free, count in
        guard var end = UnsafeMutableRawPointer(free.baseAddress) else { return }
        let begin = end
        end.append(before)
        end.append(UInt8(ascii: "\""))
        plain = string.copyPlainJSON(to: end)
        end += plain
        if plain == string.count {
          end.append(UInt8(ascii: "\""))
          end.append(after)
        }
        count = end - begin
      }
    }
    if plain == string.count { return }
    appendJSONEscaped(string, from: plain)
    append(UInt8(ascii: "\""))
    appendJSON(after)
  }

  /// Appends a string's bytes from `begin` on, where one is to be escaped.
  private mutating func appendJSONEscaped(_ string: UnsafeRawBufferPointer, from begin: Int) {
    var rest = UnsafeRawBufferPointer(rebasing: string[begin...])
    while let byte = rest.first {
      appendJSONEscaped(byte)
      let others = UnsafeRawBufferPointer(rebasing: rest[1...])
      var plain = 0
      append(addingCapacity: others.count) { text in
        text.withUnsafeMutableBufferPointer { free, count in
          guard let end = UnsafeMutableRawPointer(free.baseAddress) else { return }
          plain = others.copyPlainJSON(to: end)
          count = plain
        }
      }
      rest = UnsafeRawBufferPointer(rebasing: others[plain...])
    }
  }

  private mutating func appendJSONEscaped(_ byte: UInt8) {
    let escape = byte.jsonEscape
    Swift.withUnsafeBytes(of: escape.letters.littleEndian) { append(contentsOf: $0[..<escape.count]) }
  }
}

extension UnsafeRawBufferPointer {
  /// Copies the bytes that stand in a JSON string as they are, up to the first one that doesn't.
  /// - Parameter target: has room for all bytes, and may get some that don't count.
  /// - Returns: how many those are.
  func copyPlainJSON(to target: UnsafeMutableRawPointer) -> Int {
    guard let source = baseAddress else { return 0 }
    var position = 0
    while position &+ 8 <= count {
      let word = (source + position).loadUnaligned(as: UInt64.self)
      let marks = UInt64(littleEndian: word).bytesToEscape
      (target + position).storeBytes(of: word, as: UInt64.self)
      if marks != 0 { return position + marks.trailingZeroBitCount / 8 }
      position &+= 8
    }
    while position < count, !self[position].isToEscape {
      (target + position).storeBytes(of: self[position], as: UInt8.self)
      position += 1
    }
    return position
  }
}

extension UnsafeMutableRawPointer {
  /// Stores a text and moves behind it.
  mutating func append(_ text: StaticString) {
    copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
    self += text.utf8CodeUnitCount
  }

  /// Stores a byte and moves behind it.
  mutating func append(_ byte: UInt8) {
    storeBytes(of: byte, as: UInt8.self)
    self += 1
  }
}
