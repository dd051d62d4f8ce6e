import ArgumentParser
import Glibc
import HTTPClient
import LoadGenerator
import LogClient
import ReplicationCore

/// `replog bench`: how many adds a master takes, and how long they take.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Load a master with adds; show their rate, latencies and outcomes. The messages stay in its log.",
    discussion: """
      Without --rate each connection sends as soon as it has its answer (closed loop). With --rate requests are due at fixed \
      times, and latency counts from these, also for a request that had to wait for a connection: what a stall held up is \
      counted. The timer is part of it: where there is little else to do, up to half a millisecond.

      What is measured is what this client can drive: it has one thread, and at tens of thousands of requests per second it \
      takes a core of its own. The last line shows how much of a core it took. Where that is near 1, or the machine has no \
      core to spare for it, the node is faster than shown.

      Exits with the worst outcome: 0 committed, 3 pending, 4 not written, 5 unknown; 64 if an option is not allowed.
      """)

  @OptionGroup var node: ClientOptions

  @Option(
    name: [.customShort("w"), .long],
    help: "How many nodes must hold a message: 1 or more, the master included, majority or all. (default: majority)",
    completion: LogClient.WriteConcern.completion, transform: LogClient.WriteConcern.read)
  var writeConcern = LogClient.WriteConcern.majority

  @Option(help: "Requests on their way at a time, 1 to 1024.")
  var connections = LoadPlan().connections

  @Option(
    help: "How long to send, in seconds, 0.1 to 3600. (default: 10)", transform: Seconds.reading("0.1 to 3600"))
  var seconds: Seconds?

  @Option(help: "How many requests to send instead, 1 to 1000000000; for an hour at most.")
  var count: Int?

  @Option(help: "The length of each message, in bytes; all of a request 16000000 at most.")
  var size = LoadPlan().textBytes

  @Option(help: "Requests that are due in a second, 1 to 1000000. (default: each after an answer)")
  var rate: Int?

  @Option(help: "Messages in each request, 1 to 10000.")
  var batch = LoadPlan().batch

  @Option(
    help: """
      How long the master may let a request wait for the nodes, in seconds, 0.001 to 3600; the client gives up 30 s later. \
      (default: no limit; the client gives up after 30 s)
      """, transform: Seconds.reading("0.001 to 3600"))
  var timeout: Seconds?

  @Flag(help: "Give each request an Idempotency-Key of its own.")
  var keys = false

  func validate() throws {
    try NodeOptions.check(connections, in: LoadPlan.connectionsAllowed, "--connections")
    if seconds != nil, count != nil { throw ValidationError("--seconds and --count: give one of them") }
    if let seconds { try Self.check(seconds, in: LoadPlan.secondsAllowed, "--seconds") }
    if let count { try NodeOptions.check(count, in: LoadPlan.countAllowed, "--count") }
    if let rate { try NodeOptions.check(rate, in: LoadPlan.rateAllowed, "--rate") }
    try NodeOptions.check(batch, in: LoadPlan.batchAllowed, "--batch")
    try NodeOptions.check(size, in: 0...LoadPlan.textBytesAllowed.upperBound / batch, "--size")
    if let timeout { try Self.check(timeout, in: 0.001...3600, "--timeout") }
  }

  func run() async throws {
    let client = try Client(connectionsMax: connections + 1)
    let result: Result<LoadReport, any Error>
    do {
      try await awaitHealth(client)
      result = .success(try await load(client))
    } catch {
      result = .failure(error)
    }
    await client.shutDown()
    let report = try result.get()
    if let shortfall = report.shortfall { Terminal.tell("replog: \(shortfall)\n") }
    if let errors = report.errors { Terminal.tell("replog: \(errors)\n") }
    try StandardOutput.tell(node.json ? report.json : report.table)
    if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
  }

  private var plan: LoadPlan {
    var plan = LoadPlan()
    plan.connections = connections
    if let seconds { plan.extent = .lasting(seconds.interval.duration) }
    if let count { plan.extent = .count(count) }
    plan.textBytes = size
    plan.rate = rate
    plan.batch = batch
    plan.hasKeys = keys
    plan.writeConcern = writeConcern
    plan.timeout = timeout?.interval.duration
    return plan
  }

  private func load(_ client: Client) async throws -> LoadReport {
    let run = LoadRun(plan, url: path("add"), client: client)
    guard Terminal.isThere(STDERR_FILENO) else { return await run.run() }
    let progress = Task {
      for second in 1... {
        try await Task.sleep(for: .seconds(1))
        Terminal.tell("\(Terminal.clearLine)\(second) s, \(await run.answered) requests")
      }
    }
    let report = await run.run()
    progress.cancel()
    _ = await progress.result
    Terminal.tell(Terminal.clearLine)
    return report
  }

  /// One request before the load: where nobody answers, one line says why.
  /// - Throws: the exit code of "not written".
  private func awaitHealth(_ client: Client) async throws {
    let request = Request(url: path("health"), timeout: .seconds(3))
    let problem: String
    do throws(ClientError) {
      let status = try await client.send(request).status
      guard status != 200 else { return }
      problem = "\(node.url) answered \(status) to GET /health: no node of a replicated log"
    } catch {
      problem = "\(RemoteError.noAnswer(url: node.url, reason: error))"
    }
    Terminal.tell("replog: \(problem)\n")
    throw ExitCode(Outcome.notWritten.exitStatus)
  }

  private func path(_ name: String) -> String { node.url + (node.url.hasSuffix("/") ? "" : "/") + name }

  private static func check(_ value: Seconds, in range: ClosedRange<Double>, _ option: String) throws {
    try NodeOptions.check(value.interval.duration / .seconds(1), in: range, option)
  }
}
