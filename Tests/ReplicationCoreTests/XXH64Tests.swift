import ReplicationCore
import Testing

/// The values of the reference implementation, taken from its own sanity check and from the Python package xxhash 4.1.
@Suite struct XXH64Tests {
  private static let prime32: UInt64 = 2_654_435_761
  private static let prime64: UInt64 = 11_400_714_785_074_694_797

  /// The bytes that the reference implementation's sanity check hashes.
  private static let sanity: [UInt8] = {
    var state = prime32
    return (0..<300).map { _ in
      defer { state &*= prime64 }
      return UInt8(state >> 56)
    }
  }()

  private func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { XXH64.hash($0, seed: seed) }
  }

  @Test(
    arguments: [
      (0, 0xEF46_DB37_51D8_E999, 0xAC75_FDA2_929B_17EF), (1, 0xE934_A84A_DB05_2768, 0x5014_6076_43A9_B4C3),
      (4, 0x9136_A0DC_A574_57EE, 0xCAAB_286B_D8E9_FDB5), (14, 0x8282_DCC4_994E_35C8, 0xC3BD_6BF6_3DEB_6DF0),
      (222, 0xB641_AE8C_B691_C174, 0x20CB_8AB7_AE10_C14A),
    ] as [(Int, UInt64, UInt64)])
  func hashesAsTheReferenceDoes(length: Int, unseeded: UInt64, seeded: UInt64) {
    let bytes = Array(Self.sanity[..<length])
    #expect(hash(bytes) == unseeded)
    #expect(hash(bytes, seed: Self.prime32) == seeded)
  }

  @Test(
    arguments: [
      ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999), ("message digest", 0x066E_D728_FCEE_B3BE),
      ("abcdefghijklmnopqrstuvwxyz", 0xCFE1_F278_FA89_835C),
      ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ] as [(String, UInt64)])
  func hashesTexts(text: String, expected: UInt64) {
    #expect(hash(Array(text.utf8)) == expected)
  }

  /// Every length up to 100 takes another way through stripes, words, halves and bytes.
  @Test(arguments: [(0, 0xEA88_A2DC_6E24_5377), (0x9E37_79B1_85EB_CA87, 0x21E7_A5E0_E0CB_E368)] as [(UInt64, UInt64)])
  func hashesEveryLength(seed: UInt64, expected: UInt64) {
    var hashes: [UInt8] = []
    for length in 0...100 {
      withUnsafeBytes(of: hash(Array(Self.sanity[..<length]), seed: seed).littleEndian) { hashes += $0 }
    }
    #expect(hash(hashes) == expected)
  }

  @Test(
    arguments: [
      (0, 0, 0x34C9_6ACD_CADB_1BBB), (1, 0, 0x9F29_CB17_A2A4_9995),
      (0x0123_4567_89AB_CDEF, 42, 0x1AF0_A5AB_EE8E_D12E), (.max, .max, 0x1A15_8C94_ABF6_A8B1),
    ] as [(UInt64, UInt64, UInt64)])
  func hashesANumberAsItsEightBytes(number: UInt64, seed: UInt64, expected: UInt64) {
    #expect(XXH64.hash(number, seed: seed) == expected)
    var bytes: [UInt8] = []
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    #expect(hash(bytes, seed: seed) == XXH64.hash(number, seed: seed))
  }

  @Test func theAddressOfTheBytesDoesNotMatter() {
    for shift in 0..<8 {
      let shifted = [UInt8](repeating: 0, count: shift) + Self.sanity[..<100]
      let hash = shifted.withUnsafeBytes { XXH64.hash(UnsafeRawBufferPointer(rebasing: $0[shift...])) }
      #expect(hash == self.hash(Array(Self.sanity[..<100])))
    }
  }
}
