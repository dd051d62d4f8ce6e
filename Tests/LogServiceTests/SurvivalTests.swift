import LogStorage
import Testing

@testable import LogService
@testable import ReplicationCore

extension LogServiceTests {
  /// What a receipt says of the failures that a message survives.
  @Suite struct SurvivalTests {
    private static let urls = ["http://f1", "http://f2", "http://f3"]
    private static let master = copy(nil)

    private static func copy(_ follower: Int?, _ certainty: Master.Copy.Certainty = .certain) -> Master.Copy {
      Master.Copy(follower: follower, confirmed: nil, certainty: certainty)
    }

    private func survival(
      _ copies: [Master.Copy], _ storage: Survival.Storage = .synced, readOnly: ReadOnlyReason? = nil
    ) -> Survival {
      Survival(copies, storage: storage, readOnly: readOnly, urls: Self.urls)
    }

    @Test func oneCopyOnASyncedDiskSurvivesAllButTheLossOfThatDisk() {
      let alone = survival([Self.master])
      #expect(alone.crashOfAllNodes && alone.powerLoss && alone.lostDisks == 0)
      #expect(
        alone.text == "It survives the crash of all nodes or the loss of power everywhere."
          + " The loss of the master's disk it doesn't: no other copy is certain.")
    }

    @Test func eachFurtherCopyIsOneMoreDiskThatMayBeLost() {
      let two = survival([Self.master, Self.copy(1)])
      #expect(two.crashOfAllNodes && two.powerLoss && two.lostDisks == 1)
      #expect(
        two.text == "It survives the crash of all nodes, the loss of power everywhere,"
          + " or the loss of any one node's disk: `replog recover` brings the log back if the master's is lost.")
      let three = survival([Self.master, Self.copy(0), Self.copy(2)])
      #expect(three.lostDisks == 2 && three.text.contains("the loss of the disks of any 2 nodes: `replog recover`"))
    }

    @Test func whatIsNotSyncedMayNotSurviveALossOfPower() {
      let alone = survival([Self.master], .written)
      #expect(alone.crashOfAllNodes && !alone.powerLoss && alone.lostDisks == 0)
      #expect(
        alone.text == "It survives the crash of all nodes."
          + " A loss of power it may not survive: the master runs with --sync never."
          + " The loss of the master's disk it doesn't: no other copy is certain.")
      let two = survival([Self.master, Self.copy(0)], .written)
      #expect(two.crashOfAllNodes && !two.powerLoss && two.lostDisks == 1)
      #expect(
        two.text.hasPrefix("It survives the crash of all nodes or the loss of any one node's disk: `replog recover`"))
      #expect(two.text.hasSuffix("A loss of power it may not survive: the master runs with --sync never."))
    }

    @Test func onlyWhatIsCertainIsCounted() {
      let copies = [Self.master, Self.copy(0, .unsure), Self.copy(1), Self.copy(2, .sameNode)]
      let survival = survival(copies)
      #expect(survival.lostDisks == 1)
      #expect(survival.text.hasSuffix(" Not counted, because silent or in trouble now: http://f1."))
      #expect(self.survival([Self.master, Self.copy(0, .unsure)]).lostDisks == 0)
    }

    @Test(
      arguments: [
        .deposed(follower: 0, promise: Mastership(epoch: Epoch(9), startID: 1)),
        .recoverNeeded(follower: 0, reason: .wiped), .diverged(follower: 0, offset: Offset(1)),
        .storage(.damaged(LogDamage(file: "1.log", position: 0, offset: Offset(1), reason: "x"))),
      ] as [ReadOnlyReason])
    func nothingIsCertainUnderAMasterWhoseLogMayNotGoOn(_ reason: ReadOnlyReason) {
      let survival = survival([Self.master, Self.copy(0)], readOnly: reason)
      #expect(!survival.crashOfAllNodes && !survival.powerLoss && survival.lostDisks == 0)
      #expect(survival.text.hasPrefix("Nothing is certain"))
    }

    @Test(arguments: [.storage(.full), .quorum(needed: 2, present: 1, nodes: 2)] as [ReadOnlyReason])
    func whatIsStoredStaysSoWhileNoMoreIsTaken(_ reason: ReadOnlyReason) {
      #expect(survival([Self.master], readOnly: reason) == survival([Self.master]))
    }

    @Test func nothingIsCertainInMemoryOrBeforeTheMasterHasWritten() throws {
      for survival in [survival([Self.master, Self.copy(0)], .memory), survival([Self.copy(0)])] {
        #expect(!survival.crashOfAllNodes && !survival.powerLoss && survival.lostDisks == 0)
        #expect(survival.text.hasPrefix("Nothing is certain"))
      }
      var options = DiskLogOptions.test
      #expect(Survival.Storage(MemoryLog()) == .memory)
      #expect(Survival.Storage(try DiskLog.held(options: options)) == .synced)
      options.sync = .never
      #expect(Survival.Storage(try DiskLog.held(options: options)) == .written)
    }
  }
}
