import HTTPClient
import Logging
import ReplicationCore

/// Carries out what a master does before its first message: asks the followers, copies a longer tail back, takes its epoch.
struct MasterStart {
  /// What the start came to.
  struct Outcome {
    let mastership: Mastership
    /// Why nothing may be written; nil in the good case.
    let recover: (follower: Int, reason: RecoverReason)?
  }

  let log: any Log
  /// Tells when the log's end has become durable.
  let gate: DurabilityGate
  let fetcher: Fetcher
  /// The followers' URLs.
  let followers: [String]
  /// How long the followers have to answer.
  let timeout: Duration
  /// The number of this start: the same for each attempt, so that one which failed after it was half on the disk is no other.
  let startID = UInt64.random(in: 1...UInt64.max)
  let logger: Logger

  /// Tries it once. After a failure it may be tried again, and finds what the last attempt has copied.
  /// - Throws: `MasterStartFailure` if the disk doesn't take the epoch or the tail, `CancellationError`.
  func run() async throws -> Outcome {
    do {
      return try await attempt()
    } catch let refusal as LogRefusal {
      throw MasterStartFailure(refusal)
    }
  }

  private func attempt() async throws -> Outcome {
    while true {
      let survey = await survey()
      let mastership = survey.mastership(startID: startID)
      switch survey.decision {
      case .stayReadOnly(let follower, let reason):
        return Outcome(mastership: mastership, recover: (follower, reason))
      case .beginLog:
        var generator = SystemRandomNumberGenerator()
        let identity = LogIdentity(log: .random(using: &generator), promise: mastership)
        // The folder of a follower that met no master: what a person put there is set aside.
        if log.end.last > .zero {
          logger.warning("entries put here by hand were set aside", metadata: ["entries": "\(log.end.last)"])
          try log.cut(after: .zero)
        }
        try log.setIdentity(identity)
        logger.notice("a new log begins", metadata: ["log_id": "\(identity.log)"])
        return Outcome(mastership: mastership, recover: nil)
      case .copyTail(let follower, let end) where !isDamaged:
        try await copyTail(from: followers[follower], through: end)
      case .copyTail, .goOn:
        // With damage it only shows what it has: the master stays read-only for as long as it runs.
        if let cut = try log.cutUnfinishedList() {
          logger.warning(
            "the beginning of a list whose end was never stored is set aside",
            metadata: ["first": "\(cut.lowerBound)", "last": "\(cut.upperBound)"])
        }
        try log.setIdentity(LogIdentity(log: log.identity.log, promise: mastership))
        return Outcome(mastership: mastership, recover: nil)
      }
    }
  }

  private var isDamaged: Bool {
    if case .damaged = log.trouble { true } else { false }
  }

  /// Asks all at once; those that don't answer in time are not waited for.
  private func survey() async -> StartSurvey {
    var survey = StartSurvey(log)
    let question = survey.question
    let deadline = ContinuousClock.now + timeout
    let answers = await withTaskGroup(of: (Int, FetchAnswer?).self) { group in
      for (index, url) in followers.enumerated() {
        group.addTask { (index, try? await fetcher.askUntil(deadline, url, question)) }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    for case (let index, let answer?) in answers.sorted(by: { $0.0 < $1.0 }) {
      do throws(LogReadError) {
        guard let further = try survey.answered(answer, by: index, log: log) else { continue }
        guard let second = try? await fetcher.ask(followers[index], further, timeout: timeout) else { continue }
        try survey.answered(answer, besides: second, by: index, log: log)
      } catch {
        // Damage, which the log remembers: the master starts and stays read-only.
        logger.error("the log can't be compared", metadata: ["follower": "\(followers[index])", "reason": "\(error)"])
      }
    }
    return survey
  }

  /// Copies what a follower holds beyond the own end. What breaks off is a prefix of it all the same: the caller asks anew.
  private func copyTail(from url: String, through end: LogPoint) async throws {
    logger.notice(
      "this log ends before a follower's: its tail is copied back",
      metadata: ["follower": "\(url)", "last": "\(log.end.last)", "follower_last": "\(end.offset)"])
    while log.end.last < end.offset {
      let question = FetchRequest(
        log: log.identity.log, after: log.end.last, bytesMax: UInt64(FetchAnswering.bytesMax))
      let answer: FetchAnswer
      do throws(Fetcher.Failure) {
        answer = try await fetcher.ask(url, question, timeout: timeout + .seconds(10))
      } catch {
        logger.warning("the copying broke off", metadata: ["follower": "\(url)", "reason": "\(error.reason)"])
        return try await Task.sleep(for: Self.pause)
      }
      // It is another log by now, or was cut: the caller asks anew.
      guard answer.log == log.identity.log, answer.point == log.end.lastPoint, !answer.entries.isEmpty else {
        return try await Task.sleep(for: Self.pause)
      }
      // With damage, which may be found at any moment, the master starts and stays read-only.
      guard !isDamaged else { return }
      try log.append(answer.entries)
      log.sync()
      let now = log.end
      await gate.wait(for: now.last, in: now.generation)
      if let trouble = log.trouble, !isDamaged { throw MasterStartFailure(trouble: trouble) }
    }
    logger.notice("the tail is copied", metadata: ["last": "\(log.end.last)"])
  }

  /// Before a follower from which nothing could be copied is asked anew.
  private static let pause = Duration.milliseconds(100)
}

/// The master can't begin yet: what it must write first can't be written.
struct MasterStartFailure: Error {
  let trouble: LogTrouble

  init(trouble: LogTrouble) { self.trouble = trouble }

  init(_ refusal: LogRefusal) {
    trouble =
      switch refusal {
      case .full: .full
      case .damaged(let damage): .damaged(damage)
      case .busy, .failing: .failing("\(refusal)")
      }
  }
}
