extension UInt8 {
  /// Whether a byte of a JSON string doesn't stand for itself: a quote, a backslash, a control character (RFC 8259, section 7).
  var isToEscape: Bool { self < 0x20 || self == UInt8(ascii: "\"") || self == UInt8(ascii: "\\") }

  /// What stands in a JSON string for a byte that doesn't stand for itself: so many letters, the first one in the lowest byte.
  var jsonEscape: (letters: UInt64, count: Int) {
    let letter: UInt8 =
      switch self {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): self
      case 0x08: UInt8(ascii: "b")
      case 0x09: UInt8(ascii: "t")
      case 0x0A: UInt8(ascii: "n")
      case 0x0C: UInt8(ascii: "f")
      case 0x0D: UInt8(ascii: "r")
      default: 0
      }
    if letter != 0 { return (UInt64(letter) << 8 | UInt64(UInt8(ascii: "\\")), 2) }
    // "\u0000" with the two last digits.
    let digits = UInt64(hexDigit(self >> 4)) << 32 | UInt64(hexDigit(self & 0xF)) << 40
    return (0x3030_755C | digits, 6)
  }

  private func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

extension UInt64 {
  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// The lowest mark is the top bit of the lowest byte that JSON wants escaped; no mark: there is none. Marks above the lowest
  /// may be wrong, since a subtraction borrows from a byte only when the one below it is marked.
  var bytesToEscape: UInt64 {
    // With one bit turned the quote is 0x20, right above the control characters, which stay below 0x20; no other ASCII letter
    // comes to less than 0x21. What isn't ASCII has its top bit itself, and is none of them.
    let quotesAndControls = (self ^ (Self.ones &* 0x02)) &- (Self.ones &* 0x21)
    let slashes = (self ^ (Self.ones &* UInt64(UInt8(ascii: "\\")))) &- Self.ones
    return (quotesAndControls | slashes) & ~self & Self.tops
  }
}
