internal import JSON
internal import LogClient

/// What a run came to.
public struct LoadReport: Sendable {
  let plan: LoadPlan
  let tally: LoadTally
  let latencies: LatencyHistogram
  /// Requests that were due while all connections were taken, until the run ended.
  let notSent: Int
  /// From the start to the last answer.
  let elapsed: Duration
  /// Of this process, all its threads.
  let clientCPU: Duration

  /// What a program ends with.
  public var exitStatus: Int32 { tally.worst.exitStatus }

  /// All that went wrong, in one line; nil where nothing did.
  public var errors: String? { tally.line }

  /// That fewer requests could be sent than were due, and what to do; nil where all were sent.
  public var shortfall: String? {
    guard let rate = plan.rate, notSent > 0 else { return nil }
    return "\(rate)/s were asked for and \(Int(perSecond.rounded()))/s sent: raise --connections"
  }

  /// One JSON object. Whole numbers only.
  public var json: String {
    let troubles = tally.troubles.map { trouble in
      JSONValue.members([
        "name": .string(trouble.name), "count": number(trouble.count), "first": .string(trouble.first),
      ])
    }
    let object = JSONValue.members([
      "requests": number(tally.total), "messages": number(tally.total * plan.batch),
      "committed": number(tally[.committed]), "pending": number(tally[.pending]),
      "not_written": number(tally[.notWritten]), "unknown": number(tally[.unknown]), "not_sent": number(notSent),
      "elapsed_ms": .number(milliseconds(elapsed)), "requests_per_second": number(Int(perSecond.rounded())),
      "latency_us": latencyJSON, "client_cpu_ms": .number(milliseconds(clientCPU)),
      "connections": number(plan.connections), "size": number(plan.textBytes), "batch": number(plan.batch),
      "rate": plan.rate.map { number($0) } ?? .null, "write_concern": plan.writeConcern?.json ?? .null,
      "keys": .bool(plan.hasKeys), "errors": .array(troubles),
    ])
    var bytes: [UInt8] = []
    object.write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A short table for people.
  public var table: String {
    var rows: [(String, String)] = [
      ("requests", "\(tally.total) in \(decimal(elapsed / .seconds(1), 2)) s, \(decimal(perSecond, 1))/s")
    ]
    if plan.batch > 1 {
      let rate = decimal(perSecond * Double(plan.batch), 1)
      rows.append(("messages", "\(tally.total * plan.batch), \(rate)/s"))
    }
    let counted = Outcome.allCases.map { "\($0.rawValue.replacing("_", with: " ")) \(tally[$0])" }
    rows.append(("outcomes", counted.joined(separator: ", ")))
    rows.append(("latency ms", latencyTexts.map { "\($0.name) \($0.value)" }.joined(separator: ", ")))
    if let rate = plan.rate {
      rows.append(("schedule", "\(rate)/s; latency counts from it; \(notSent) were due and could not be sent"))
    }
    let perRequest = decimal(clientCPU / .microseconds(1) / Double(max(1, tally.total)), 1)
    rows.append(("this client", "\(decimal(cores, 2)) of a core, \(perRequest) us per request"))
    return rows.map { name, text in name + String(repeating: " ", count: 13 - name.count) + text }
      .joined(separator: "\n")
  }

  private var perSecond: Double { elapsed > .zero ? Double(tally.total) / (elapsed / .seconds(1)) : 0 }

  private var cores: Double { elapsed > .zero ? clientCPU / elapsed : 0 }

  private var latencyJSON: JSONValue {
    .object(
      latencyValues.map { name, value in
        JSONValue.Member(name: name, value: .number(UInt64((value / .microseconds(1)).rounded())))
      })
  }

  private var latencyTexts: [(name: String, value: String)] {
    latencyValues.map { ($0.name, decimal($0.value / .milliseconds(1), 2)) }
  }

  private var latencyValues: [(name: String, value: Duration)] {
    LatencyHistogram.percentiles.map { percentile in
      let name = percentile == percentile.rounded() ? "\(Int(percentile))" : "\(percentile)"
      return ("p" + name, latencies.latency(at: percentile))
    } + [("max", latencies.longest)]
  }

  private func number(_ value: Int) -> JSONValue { .number(UInt64(max(0, value))) }

  private func milliseconds(_ duration: Duration) -> UInt64 { UInt64(max(0, (duration / .milliseconds(1)).rounded())) }

  /// A number of 0 or more with so many digits after the point, 1 or 2.
  private func decimal(_ value: Double, _ digits: Int) -> String {
    var text = "\(Int((value * [1.0, 10.0, 100.0][digits]).rounded()))"
    while text.count <= digits { text = "0" + text }
    return "\(text.dropLast(digits)).\(text.suffix(digits))"
  }
}
