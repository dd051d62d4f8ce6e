/// How a follower's log relates to that of a starting master.
public enum LogRelation: Hashable, Sendable {
  /// The follower holds nothing.
  case nothing
  /// It holds another log than the master, or the master has none.
  case foreign
  /// Its log is a prefix of the master's, or equal to it.
  case behind
  /// The master's log is a prefix of its longer one.
  case ahead
  /// They differ, but only beyond what the follower knows to be acknowledged.
  case divergedBeyondAcknowledged
  /// They differ at or below this offset, which the follower knows to be acknowledged.
  case divergedBelowAcknowledged(Offset)
}

/// What a master does before it takes its first message.
public enum StartDecision: Hashable, Sendable {
  /// Nobody holds anything: a new log begins.
  case beginLog
  /// The master's own log is what it goes on with.
  case goOn
  /// The master's own end was torn or never synced: what this follower holds beyond it is copied back first.
  case copyTail(follower: Int, through: LogPoint)
  /// Nothing may be overwritten: the master stays read-only.
  case stayReadOnly(follower: Int, RecoverReason)
}

/// What a starting master asks its followers before its first add, and what it makes of their answers, so that nothing
/// acknowledged vanishes with one disk.
///
/// Pure: the caller asks, and asks again after what it did, until the decision is `beginLog`, `goOn` or `stayReadOnly`.
public struct StartSurvey: Sendable {
  private let own: LogIdentity
  private let end: LogPoint
  private var found: [(follower: Int, relation: LogRelation, end: LogPoint)] = []
  /// The highest epoch heard of.
  public private(set) var epochMax: Epoch

  /// - Parameter log: the master's own, all of it durable.
  public init(_ log: some Log) {
    own = log.identity
    end = log.end.durablePoint
    epochMax = max(own.promise.epoch, end.epoch)
  }

  /// What each follower is asked first: where it stands, and its point at the master's own end.
  public var question: FetchRequest { FetchRequest(log: own.log, after: end.offset, bytesMax: 0) }

  /// Takes in a follower's answer to `question`.
  ///
  /// - Parameters:
  ///   - answer: its words.
  ///   - follower: which, from 0.
  ///   - log: the master's own.
  /// - Returns: what it must be asked besides, before anything is known of it; the answer goes to `answered(_:besides:…)`.
  /// - Throws: `LogReadError` if the own log can't be read where it must be compared.
  public mutating func answered(
    _ answer: FetchAnswer, by follower: Int, log: some Log
  ) throws(LogReadError) -> FetchRequest? {
    epochMax = max(epochMax, answer.promise.epoch, answer.end.epoch)
    let relation: LogRelation
    if answer.end.offset == .zero {
      relation = .nothing
    } else if own.log == .none || answer.log != own.log {
      relation = .foreign
    } else if answer.end.offset <= end.offset, try log.point(at: answer.end.offset) == answer.end {
      relation = .behind
    } else if answer.end.offset > end.offset, answer.point == end {
      relation = .ahead
    } else if answer.commitKnown == .zero {
      relation = .divergedBeyondAcknowledged
    } else if answer.commitKnown > end.offset {
      relation = .divergedBelowAcknowledged(answer.commitKnown)
    } else {
      return FetchRequest(log: own.log, after: answer.commitKnown, bytesMax: 0)
    }
    found.append((follower, relation, answer.end))
    return nil
  }

  /// Takes in a follower's answer to the further question.
  public mutating func answered(
    _ first: FetchAnswer, besides second: FetchAnswer, by follower: Int, log: some Log
  ) throws(LogReadError) {
    let point = try log.point(at: first.commitKnown)
    let isCommon = point != nil && second.point == point
    let relation =
      isCommon ? LogRelation.divergedBeyondAcknowledged : .divergedBelowAcknowledged(first.commitKnown)
    found.append((follower, relation, first.end))
  }

  /// What follows from all answers.
  public var decision: StartDecision {
    if let foreign = found.first(where: { $0.relation == .foreign }) {
      return .stayReadOnly(follower: foreign.follower, own.log == .none ? .wiped : .foreign)
    }
    for case (let follower, .divergedBelowAcknowledged(let offset), _) in found {
      return .stayReadOnly(follower: follower, .diverged(offset: offset))
    }
    let ahead = found.filter { $0.relation == .ahead }
    // The later epoch wins, as everywhere; within one epoch the longer log holds the shorter one.
    if let best = ahead.max(by: { ($0.end.epoch, $0.end.offset) < ($1.end.epoch, $1.end.offset) }) {
      return .copyTail(follower: best.follower, through: best.end)
    }
    return own.log == .none ? .beginLog : .goOn
  }

  /// The mastership of this start: above everything heard of.
  /// - Parameter startID: random.
  public func mastership(startID: UInt64) -> Mastership {
    // Nothing is above the last number: such a master is refused and says so, which is better than a trap.
    Mastership(epoch: Epoch(epochMax.rawValue == .max ? .max : epochMax.rawValue + 1), startID: startID)
  }
}
