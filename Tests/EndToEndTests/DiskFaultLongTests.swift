import Testing

/// Each fault on nodes of its own that are killed right after it: `REPLOG_LONG=1`.
@Suite(
  .serialized, .turn, .enabled(if: LongTests.areEnabled),
  .enabled(if: DiskFault.isPossible, "strace is missing here or may not attach to processes"))
struct DiskFaultLongTests {
  @Test(arguments: DiskFaultRun.faults, [0, 1]) func nodesKilledAfterAFaultHaveAllThatWasAnswered(
    calls: [String], node: Int
  ) async throws {
    let run = try await DiskFaultRun.start(on: node)
    try await run.meet(calls)
    try await run.finish()
  }
}
