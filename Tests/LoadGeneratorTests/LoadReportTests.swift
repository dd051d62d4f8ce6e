import Testing

@testable import HTTPClient
@testable import LoadGenerator
@testable import LogClient

/// A run's figures, for people and for programs.
@Suite struct LoadReportTests {
  private func report() -> LoadReport {
    var plan = LoadPlan()
    plan.batch = 2
    plan.rate = 50
    plan.writeConcern = .nodes(2)
    var tally = LoadTally()
    let committed = Response(status: 200, headers: ["Log-Outcome": "committed"], body: [])
    for _ in 1...99 { tally.add(LoadAnswer(.success(committed))) }
    tally.add(LoadAnswer(.failure(ClientError(.timedOut, detail: "30 s"))))
    var latencies = LatencyHistogram()
    for milliseconds in 1...100 { latencies.record(.milliseconds(milliseconds)) }
    return LoadReport(
      plan: plan, tally: tally, latencies: latencies, notSent: 7, elapsed: .milliseconds(2500),
      clientCPU: .milliseconds(500))
  }

  @Test func theTable_IsShortAndComplete() {
    #expect(
      report().table == """
        requests     100 in 2.50 s, 40.0/s
        messages     200, 80.0/s
        outcomes     committed 99, pending 0, not written 0, unknown 1
        latency ms   p50 50.00, p90 90.05, p99 99.02, p99.9 100.00, p99.99 100.00, max 100.00
        schedule     50/s; latency counts from it; 7 were due and could not be sent
        this client  0.20 of a core, 5000.0 us per request
        """)
  }

  @Test func theJSON_IsOneObjectOfWholeNumbers() {
    let numbers = #""p50":50004,"p90":90046,"p99":99025,"p99.9":100000,"p99.99":100000,"max":100000"#
    #expect(
      report().json
        == #"{"requests":100,"messages":200,"committed":99,"pending":0,"not_written":0,"unknown":1,"not_sent":7,"#
        + #""elapsed_ms":2500,"requests_per_second":40,"latency_us":{\#(numbers)},"client_cpu_ms":500,"connections":64,"#
        + #""size":32,"batch":2,"rate":50,"write_concern":2,"keys":false,"#
        + #""errors":[{"name":"timed out","count":1,"first":"30 s"}]}"#)
    #expect(report().exitStatus == 5)
    #expect(report().errors == "1 × timed out (30 s)")
  }

  @Test func nothingAtAll_HasNoFigures() {
    let empty = LoadReport(
      plan: LoadPlan(), tally: LoadTally(), latencies: LatencyHistogram(), notSent: 0, elapsed: .zero, clientCPU: .zero)
    #expect(empty.exitStatus == 0)
    #expect(empty.table.hasPrefix("requests     0 in 0.00 s, 0.0/s\n"))
  }
}
