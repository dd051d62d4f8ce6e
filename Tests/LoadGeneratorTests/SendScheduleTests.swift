import Testing

@testable import LoadGenerator

/// When requests leave, and from when their latency counts.
@Suite struct SendScheduleTests {
  private func schedule(rate: Int? = nil, _ extent: LoadPlan.Extent) -> SendSchedule {
    var plan = LoadPlan()
    plan.rate = rate
    plan.extent = extent
    return SendSchedule(plan)
  }

  @Test func aClosedLoop_SendsWheneverItMay_UntilItsTimeIsOver() {
    var schedule = schedule(.lasting(.seconds(2)))
    for milliseconds in [0, 0, 7, 1999] {
      let now = Duration.milliseconds(milliseconds)
      #expect(schedule.next(at: now) == .send(scheduled: now))
    }
    #expect(schedule.next(at: .seconds(2)) == .ended)
    #expect(schedule.sent == 4)
    #expect(schedule.notSent == 0)
  }

  @Test func aCount_IsSentAndNoMore() {
    var schedule = schedule(.count(3))
    for _ in 1...3 { #expect(schedule.next(at: .seconds(1)) == .send(scheduled: .seconds(1))) }
    #expect(schedule.next(at: .seconds(1)) == .ended)
    #expect(schedule.sent == 3)
  }

  @Test func aCount_EndsAfterAnHourAllTheSame() {
    var schedule = schedule(rate: 1, .count(1_000_000))
    #expect(schedule.next(at: .seconds(3600)) == .ended)
    #expect(schedule.notSent == 3600)
  }

  @Test func anOpenLoop_SendsAtItsTimes() {
    var schedule = schedule(rate: 4, .lasting(.seconds(1)))
    for number in 0..<4 {
      let due = Duration.milliseconds(250 * number)
      if number > 0 { #expect(schedule.next(at: due - .nanoseconds(1)) == .wait(until: due)) }
      #expect(schedule.next(at: due) == .send(scheduled: due))
    }
    #expect(schedule.next(at: .milliseconds(999)) == .ended)
    #expect(schedule.notSent == 0)
  }

  // Coordinated omission: a node that stalls keeps requests from being sent, and these must count as late.
  @Test func afterAStall_WhatWasDueLeavesAtOnce_AndIsLateByItsSchedule() {
    var schedule = schedule(rate: 10, .lasting(.seconds(10)))
    #expect(schedule.next(at: .zero) == .send(scheduled: .zero))
    let now = Duration.milliseconds(1010)
    var latencies: [Duration] = []
    while case .send(let scheduled) = schedule.next(at: now) { latencies.append(now - scheduled) }
    #expect(latencies == (0..<10).map { .milliseconds(910 - 100 * $0) })
    #expect(schedule.next(at: now) == .wait(until: .milliseconds(1100)))
  }

  @Test func whatWasDueAndNotSentInTime_IsCounted() {
    var schedule = schedule(rate: 1000, .lasting(.milliseconds(2500)))
    for _ in 1...100 { _ = schedule.next(at: .milliseconds(2400)) }
    #expect(schedule.next(at: .milliseconds(2500)) == .ended)
    #expect(schedule.sent == 100)
    #expect(schedule.notSent == 2400)
  }

  @Test func aRateThatDividesNoSecond_DriftsNowhere() {
    var schedule = schedule(rate: 3, .count(3001))
    for _ in 1...3000 { _ = schedule.next(at: .seconds(1001)) }
    #expect(schedule.next(at: .seconds(1001)) == .send(scheduled: .seconds(1000)))
  }

  @Test func theLastRequestOfTheFastestAndLongestRun_HasATime() {
    var plan = LoadPlan()
    plan.rate = LoadPlan.rateAllowed.upperBound
    plan.extent = .lasting(.seconds(LoadPlan.secondsAllowed.upperBound))
    #expect(SendSchedule(plan).notSent == 3_600_000_000)
  }
}
