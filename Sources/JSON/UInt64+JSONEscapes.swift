extension UInt8 {
  /// Whether a byte of a JSON string doesn't stand for itself: a quote, a backslash, a control character (RFC 8259, section 7).
  var isToEscape: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }
}

extension UInt64 {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// The lowest mark is the top bit of the lowest byte that JSON wants escaped; no mark: there is none. Marks above the lowest
  /// may be wrong, since the subtraction borrows from a byte only when the one below it is marked.
  var bytesToEscape: UInt64 {
    let quotes = self ^ (Self.ones &* UInt64(UInt8(ascii: "\"")))
    let slashes = self ^ (Self.ones &* UInt64(UInt8(ascii: "\\")))
    let controls = (self &- Self.ones &* 0x20) & ~self
    return (controls | ((quotes &- Self.ones) & ~quotes) | ((slashes &- Self.ones) & ~slashes)) & Self.tops
  }
}
