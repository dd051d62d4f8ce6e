/// XXH64, written from its specification once more: what nodes write is checked with a hash that is not their own.
enum Hash64 {
  private static let primes: [UInt64] = [
    0, 0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
  ]

  static func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    var position = 0
    func next(_ count: Int) -> UInt64 {
      defer { position += count }
      return (0..<count).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }
    var hash = seed &+ primes[5]
    if bytes.count >= 32 {
      var lanes = [seed &+ primes[1] &+ primes[2], seed &+ primes[2], seed, seed &- primes[1]]
      while position + 32 <= bytes.count {
        for lane in 0..<4 { lanes[lane] = round(lanes[lane], next(8)) }
      }
      hash = zip(lanes, [1, 7, 12, 18]).reduce(0) { $0 &+ rotated($1.0, $1.1) }
      for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[1] &+ primes[4] }
    }
    hash &+= UInt64(bytes.count)
    while position + 8 <= bytes.count { hash = rotated(hash ^ round(0, next(8)), 27) &* primes[1] &+ primes[4] }
    if position + 4 <= bytes.count { hash = rotated(hash ^ next(4) &* primes[1], 23) &* primes[2] &+ primes[3] }
    while position < bytes.count { hash = rotated(hash ^ next(1) &* primes[5], 11) &* primes[1] }
    hash = (hash ^ hash >> 33) &* primes[2]
    hash = (hash ^ hash >> 29) &* primes[3]
    return hash ^ hash >> 32
  }

  /// The hash of a number's eight bytes.
  static func hash(_ number: UInt64, seed: UInt64) -> UInt64 { hash(LittleEndian.bytes(number), seed: seed) }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    rotated(lane &+ word &* primes[2], 31) &* primes[1]
  }

  private static func rotated(_ value: UInt64, _ bits: Int) -> UInt64 { value << bits | value >> (64 - bits) }
}

enum LittleEndian {
  static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
