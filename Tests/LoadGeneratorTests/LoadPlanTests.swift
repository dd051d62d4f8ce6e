import Testing

@testable import LoadGenerator
@testable import LogClient

/// The request that a plan sends.
@Suite struct LoadPlanTests {
  private func body(_ change: (inout LoadPlan) -> Void) -> String {
    var plan = LoadPlan()
    change(&plan)
    return String(decoding: plan.body, as: UTF8.self)
  }

  @Test func theBody_HasWhatIsAskedForAndNothingElse() {
    #expect(body { $0.textBytes = 4 } == #"{"data":"xxxx"}"#)
    #expect(body { $0.textBytes = 0 } == #"{"data":""}"#)
    let three = body {
      $0.textBytes = 1
      $0.batch = 3
      $0.writeConcern = .nodes(2)
      $0.timeout = .milliseconds(1500)
    }
    #expect(three == #"{"data":["x","x","x"],"write_concern":2,"timeout_ms":1500}"#)
  }

  @Test func aWriteConcern_IsANumberOrAWord() {
    #expect(WriteConcern("3") == .nodes(3))
    #expect(WriteConcern("majority") == .majority)
    #expect(WriteConcern("all") == .all)
    for text in ["", "0", "-1", "+1", "1.5", "most", "All", "99999999999999999999"] {
      #expect(WriteConcern(text) == nil, "\(text)")
    }
    #expect(body { $0.writeConcern = .all }.hasSuffix(#","write_concern":"all"}"#))
  }
}
