import ReplicationCore
import SimulatedDisk
import Testing

@testable import ReplicationSimulator

/// The rule by which the simulator judges what was lost must itself be right.
@Suite struct PromisesTests {
  private let point = LogPoint(offset: Offset(1), epoch: Epoch(1), hash: 10)

  private func machine(_ chain: [LogPoint]) -> Machine {
    let machine = Machine(index: 0, disk: SimulatedDisk(), seed: 1)
    machine.chain = chain
    machine.durable = chain.last
    return machine
  }

  private func promised(_ writeConcern: Int, hasRival: Bool = false) -> Promises {
    var promises = Promises()
    promises.acknowledged(point, writeConcern: writeConcern, lossesBefore: 0, hasRival: hasRival)
    return promises
  }

  @Test func aLossThatLeavesACopyVoidsNothing() {
    var promises = promised(1)
    #expect(promises.diskLost([machine([]), machine([point])]) == nil)
    #expect(promises.voids.isEmpty)
  }

  @Test func theLastCopyMayGoWithAsManyDisksAsWereAskedFor() {
    var promises = promised(1)
    #expect(promises.diskLost([machine([])]) == nil)
    #expect(promises.voids == [.disksLost: 1])
    promises = promised(2)
    #expect(promises.diskLost([machine([])])?.point == point)
  }

  @Test func aMasterMayLackOnlyWhatItCouldNotHearOf() {
    var promises = promised(1)
    #expect(promises.begins([point], mayLack: false, heard: []) == nil)
    #expect(promises.begins([], mayLack: false, heard: [])?.point == point)
    #expect(promises.begins([], mayLack: true, heard: [(machine([point]), Offset(1))])?.point == point)
    #expect(promises.begins([], mayLack: true, heard: [(machine([point]), .zero), (machine([]), .zero)]) == nil)
    #expect(promises.voids == [.holdersUnheard: 1])
  }

  @Test func nothingIsPromisedBesideALaterMasterOnAnotherDisk() {
    var promises = promised(2, hasRival: true)
    #expect(promises.diskLost([machine([])]) == nil)
    #expect(promises.voids == [.rivalMaster: 1])
  }

  @Test func anAbandonedDiskHoldsNothing() {
    let old = machine([point])
    #expect(old.holds(point))
    old.isAbandoned = true
    #expect(!old.holds(point))
  }
}
