import Foundation

/// A JSON value to be written by Foundation and read by the reader under test.
indirect enum RandomJSON {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([RandomJSON])
  case object([String: RandomJSON])

  /// The same value for `JSONSerialization`.
  var foundation: Any {
    switch self {
    case .null: NSNull()
    case .bool(let value): value
    case .int(let value): value
    case .double(let value): value
    case .string(let value): value
    case .array(let values): values.map(\.foundation)
    case .object(let members): members.mapValues(\.foundation)
    }
  }

  static func random(depth: Int, using generator: inout SeededGenerator) -> RandomJSON {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &generator) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return .int(Int.random(in: -9...9, using: &generator))
    case 3: return .int(Int.random(in: Int.min...Int.max, using: &generator))
    case 4: return .double(randomDouble(using: &generator))
    case 5: return .string(randomString(using: &generator))
    case 6:
      let count = Int.random(in: 0...4, using: &generator)
      return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
    default:
      return .object(randomMembers(depth: depth - 1, using: &generator))
    }
  }

  static func randomMembers(depth: Int, using generator: inout SeededGenerator) -> [String: RandomJSON] {
    var members: [String: RandomJSON] = [:]
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      members[randomString(using: &generator)] = random(depth: depth, using: &generator)
    }
    return members
  }

  static func randomDouble(using generator: inout SeededGenerator) -> Double {
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: Double(Int.random(in: -1_000_000...1_000_000, using: &generator)) / 4
    case 1: Double.random(in: -1e300...1e300, using: &generator)
    default: Double(Int.random(in: 0...(1 << 54), using: &generator))
    }
  }

  /// A string of every kind of character, the awkward ones often; but for the byte order mark, which Foundation's readers drop
  /// where it follows an escape.
  static func randomString(using generator: inout SeededGenerator) -> String {
    var scalars = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...12, using: &generator) {
      let range: ClosedRange<UInt32> =
        [0...0x1F, 0x20...0x7F, 0x22...0x5C, 0x80...0x7FF, 0x800...0xFFFF, 0x1_0000...0x10_FFFF]
        .randomElement(using: &generator) ?? 0...0x1F
      let scalar = UnicodeScalar(UInt32.random(in: range, using: &generator))
      if let scalar, scalar != "\u{FEFF}" { scalars.append(scalar) }
    }
    return String(scalars)
  }
}
