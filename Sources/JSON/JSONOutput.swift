/// Writes JSON texts one after the other into memory that is there, as `Array.appendJSON` does; of many short ones it takes less
/// than half the time, since an array looks anew with each whether it may be written to and has room.
package struct JSONOutput {
  private var end: UnsafeMutableRawPointer
  private let limit: UnsafeMutableRawPointer
  /// Whether something did not fit. From there on nothing is written.
  package private(set) var isFull = false

  fileprivate init(_ memory: UnsafeMutableRawBufferPointer, at begin: UnsafeMutableRawPointer) {
    end = begin
    limit = begin + memory.count
  }

  /// Writes a JSON text as it is.
  package mutating func append(_ text: StaticString) {
    guard makeRoom(text.utf8CodeUnitCount) else { return }
    end.append(text)
  }

  /// Writes a JSON text, and behind it what stands between a string's quotation marks: its bytes, with what must be escaped.
  /// - Parameters:
  ///   - before: for example all that lies between this string and the one before.
  ///   - string: UTF-8, not checked.
  package mutating func append(_ before: StaticString, contentOf string: UnsafeRawBufferPointer) {
    guard makeRoom(before.utf8CodeUnitCount + string.count) else { return }
    end.append(before)
    var rest = string
    while true {
      let plain = rest.copyPlainJSON(to: end)
      end += plain
      if plain == rest.count { return }
      let escape = rest[plain].jsonEscape
      rest = UnsafeRawBufferPointer(rebasing: rest[(plain + 1)...])
      guard makeRoom(8 + rest.count) else { return }
      end.storeBytes(of: escape.letters.littleEndian, as: UInt64.self)
      end += escape.count
    }
  }

  private mutating func makeRoom(_ count: Int) -> Bool {
    if limit - end < count { isFull = true }
    return !isFull
  }

  fileprivate func count(from begin: UnsafeMutableRawPointer) -> Int { end - begin }
}

extension Array where Element == UInt8 {
  /// What `write` writes; nil where that does not fit.
  /// - Parameter jsonCapacity: how many bytes there is room for.
  package init?(jsonCapacity: Int, _ write: (inout JSONOutput) -> Void) {
    var isFull = true
    self.init(unsafeUninitializedCapacity: jsonCapacity) { memory, count in
      guard let begin = UnsafeMutableRawPointer(memory.baseAddress) else { return }
      var output = JSONOutput(UnsafeMutableRawBufferPointer(memory), at: begin)
      write(&output)
      count = output.count(from: begin)
      isFull = output.isFull
    }
    if isFull { return nil }
  }
}
