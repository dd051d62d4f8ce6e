import Locking

/// The history of a run, written by all of its clients.
final class HistoryRecorder: Sendable {
  private let begin = ContinuousClock.now
  private let written = Locked(History())

  /// So far.
  var history: History { written.withLock { $0 } }

  /// The moment.
  var now: History.Moment {
    let (seconds, attoseconds) = (ContinuousClock.now - begin).components
    return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
  }

  func note(_ request: History.KeyedRequest) { written.withLock { $0.requests.append(request) } }
  func note(_ read: History.Read) { written.withLock { $0.reads.append(read) } }
  func note(_ holding: History.Holding) { written.withLock { $0.holdings.append(holding) } }
  func note(_ start: History.Start) { written.withLock { $0.starts.append(start) } }

  /// Takes in what a node shows when all is over.
  func note(log: [History.Entry]) { written.withLock { $0.logs.append(log) } }
}
