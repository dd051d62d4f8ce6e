public import HTTPClient
internal import Glibc
internal import LogClient

/// Sends the requests of a plan and counts what they come to, all on the client's thread.
///
/// It shares the client's executor, so that an answer leads to the next request without a change of thread.
public actor LoadRun {
  /// How long a connection rests after a failure, so that a node which is gone is not asked as fast as it can refuse.
  private static let restAfterFailure = Duration.milliseconds(100)

  private let client: Client
  private let plan: LoadPlan
  private let template: Request
  /// What each key begins with: no other run has it.
  private let keyPrefix = "bench-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
  private var schedule: SendSchedule
  private var tally = LoadTally()
  private var latencies = LatencyHistogram()
  private var start = ContinuousClock.now
  private var lastAnswer = Duration.zero
  /// Invariant: at most `plan.connections`; a connection that rests counts.
  private var busy = 0
  private var isAwaitingDue = false
  private var hasEnded = false
  private var waiter: CheckedContinuation<Void, Never>?

  /// The client's thread.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { client.unownedExecutor }

  /// - Parameters:
  ///   - plan: what to send.
  ///   - url: of the master's `/add`.
  ///   - client: whose thread it works on; it should keep as many connections as the plan has.
  public init(_ plan: LoadPlan, url: String, client: Client) {
    self.client = client
    self.plan = plan
    schedule = SendSchedule(plan)
    template = Request(
      method: .post, url: url, headers: ["Content-Type": "application/json"], body: plan.body,
      timeout: (plan.timeout ?? .zero) + LoadPlan.patience, connectTimeout: .seconds(5), responseBytesMax: 64 << 10,
      responseHeaderNames: [LoadAnswer.outcomeField])
  }

  /// Sends all there is to send and waits for the last answer. To be called once.
  public func run() async -> LoadReport {
    let cpu = Self.cpuTime
    start = .now
    sendWhatIsDue()
    await withCheckedContinuation { continuation in
      waiter = continuation
      finishIfDone()
    }
    return LoadReport(
      plan: plan, tally: tally, latencies: latencies, notSent: schedule.notSent, elapsed: lastAnswer,
      clientCPU: Self.cpuTime - cpu)
  }

  /// How many requests have ended so far.
  public var answered: Int { tally.total }

  private func sendWhatIsDue() {
    while busy < plan.connections, !hasEnded {
      switch schedule.next(at: ContinuousClock.now - start) {
      case .send(let scheduled): send(scheduled)
      case .wait(let due): return awaitDue(due)
      case .ended: hasEnded = true
      }
    }
    finishIfDone()
  }

  private func awaitDue(_ due: Duration) {
    guard !isAwaitingDue else { return }
    isAwaitingDue = true
    let instant = start + due
    Task {
      try? await Task.sleep(until: instant, tolerance: .zero, clock: .continuous)
      isAwaitingDue = false
      sendWhatIsDue()
    }
  }

  private func send(_ scheduled: Duration) {
    busy += 1
    var request = template
    if plan.hasKeys { request.headers.add(name: "Idempotency-Key", value: "\(keyPrefix)-\(schedule.sent)") }
    client.assumeIsolated { client in
      _ = client.start(request) { [weak self] result in
        self?.assumeIsolated { $0.ended(scheduled, LoadAnswer(result)) }
      }
    }
  }

  private func ended(_ scheduled: Duration, _ answer: LoadAnswer) {
    lastAnswer = ContinuousClock.now - start
    tally.add(answer)
    latencies.record(lastAnswer - scheduled)
    let hasFailed = answer.outcome == .notWritten || answer.outcome == .unknown
    guard hasFailed, plan.rate == nil, !hasEnded else { return release() }
    Task {
      try? await Task.sleep(for: Self.restAfterFailure)
      release()
    }
  }

  private func release() {
    busy -= 1
    sendWhatIsDue()
  }

  private func finishIfDone() {
    guard hasEnded, busy == 0, let waiter else { return }
    self.waiter = nil
    waiter.resume()
  }

  /// What all threads of the process have used of the processor. `clock_gettime(2)`.
  private static var cpuTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }
}
