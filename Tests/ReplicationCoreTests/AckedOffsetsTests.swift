import ReplicationCore
import Testing

@Suite struct AckedOffsetsTests {
  /// For each write concern: the highest offset that at least so many nodes hold, tried one by one from the master's end.
  private func bruteForce(_ writeConcern: Int, own: Offset, matches: [Offset]) -> Offset {
    var candidate = own.rawValue
    while candidate > 0 {
      let holders = 1 + matches.filter { $0.rawValue >= candidate }.count
      if holders >= writeConcern { return Offset(candidate) }
      candidate -= 1
    }
    return .zero
  }

  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func countsAsManyNodesAsACountOneByOneDoes(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let nodes = random.number(1...7)
    var acked = AckedOffsets(nodes: nodes)
    for _ in 0..<20 {
      let own = Offset(UInt64(random.number(0...12)))
      // Fewer than the followers when some were never heard; above the master's own when its disk is slow.
      let matches = (0..<random.number(0...nodes - 1)).map { _ in Offset(UInt64(random.number(0...15))) }
      acked.count(own: own, matches: matches)
      for writeConcern in 1...nodes {
        #expect(acked.acked(writeConcern) == bruteForce(writeConcern, own: own, matches: matches))
      }
      #expect(acked.commit == acked.acked(nodes / 2 + 1))
    }
  }

  @Test(arguments: zip([1, 2, 3, 4, 5, 6, 7], [1, 2, 2, 3, 3, 4, 4]))
  func aMajorityIsMoreThanHalfOfTheNodes(nodes: Int, expected: Int) {
    #expect(majority(ofNodes: nodes) == expected)
  }

  @Test func theLargestOffsetsAreCounted() {
    var acked = AckedOffsets(nodes: 3)
    acked.count(own: Offset(UInt64.max), matches: [Offset(UInt64.max), Offset(3)])
    #expect(acked.acked(2) == Offset(UInt64.max))
    #expect(acked.acked(3) == Offset(3))
  }
}
