public import HTTPClient
import Locking
import Logging
public import ReplicationCore

/// Carries the core's deliveries to the followers and their answers back, all on the client's thread.
///
/// It shares the client's executor, so that a batch's answer leads to the next batch without a change of thread.
actor Replicator {
  /// The entries of a batch up to this size leave in one piece with the request's head; those of a larger one are sent from where
  /// they lie in the log's memory, for all followers.
  private static let smallBatchBytesMax = 32 << 10

  private let client: Client
  private let masterURL: String
  private let targets: [String]
  private let headers: Headers = ["Content-Type": ReplicateRequest.contentType]
  private weak var node: MasterNode?
  private var generator = SystemRandomNumberGenerator()
  /// What leaves next for each follower, as the last turn left it.
  private var nextOffsets: [Offset] = []
  /// Those of them for which the log was read ahead.
  private var readOffsets: [Offset] = []
  /// Up to where the log was asked to sync.
  private var synced: LogPoint?

  /// The client's thread.
  nonisolated var unownedExecutor: UnownedSerialExecutor { client.unownedExecutor }

  /// - Parameters:
  ///   - client: whose thread it works on.
  ///   - masterURL: what followers tell clients.
  ///   - targets: where entries are posted, in the followers' configured order.
  init(client: Client, masterURL: String, targets: [String]) {
    self.client = client
    self.masterURL = masterURL
    self.targets = targets
  }

  /// Begins to replicate for `node`, until the client is shut down.
  func begin(for node: MasterNode) async {
    self.node = node
    await client.onTurn { [weak self] in self?.assumeIsolated { $0.turn() } }
  }

  /// One turn of the client's loop: what is to be sent now leaves.
  /// - Returns: how long the loop may sleep.
  private func turn() -> Duration? {
    guard let node else { return nil }
    node.lookAtLog()
    syncWhatCame(node.log)
    let now = Clock.now
    var deliveries: [Delivery] = []
    var events: [MasterEvent] = []
    readAhead(in: node.log)
    let (wakeUp, ended) = node.state.withLock { state in
      let ended = state.master.expire(now: now).compactMap { state.waiting.end($0, .timedOut) }
      let wakeUp = state.master.turn(
        now: now, log: node.log, send: { deliveries.append($0) }, tell: { events.append($0) })
      nextOffsets = state.master.nextOffsets
      return (wakeUp, ended)
    }
    for ending in ended { ending(.timedOut) }
    for delivery in deliveries { send(delivery, for: node) }
    node.tell(events)
    node.watchCatchUp(now: now)
    return max(Interval.zero, wakeUp - now).duration
  }

  /// A segment that nobody has read yet is indexed here, and not under the lock.
  private func readAhead(in log: any Log) {
    guard nextOffsets != readOffsets else { return }
    let last = log.end.last
    for next in nextOffsets where next <= last && !readOffsets.contains(next) {
      _ = try? log.runEnd(from: next, bytesMax: 1, entriesMax: 1)
    }
    readOffsets = nextOffsets
  }

  /// One sync for all that was appended in this turn.
  private func syncWhatCame(_ log: any Log) {
    let last = log.end.lastPoint
    guard last != synced else { return }
    synced = last
    log.sync()
  }

  private func send(_ delivery: Delivery, for node: MasterNode) {
    let message: ReplicateRequest
    do throws(LogReadError) {
      message = try delivery.request(log: node.log, masterURL: masterURL)
    } catch {
      return unreadable(error, delivery, node)
    }
    let isSmall = message.entries.bytes.count <= Self.smallBatchBytesMax
    let request = Request(
      method: .post, url: targets[delivery.follower], headers: headers,
      body: isSmall ? message.encoded() : message.encodedHead(), bodyRest: isSmall ? nil : message.entries.bytes,
      timeout: delivery.timeout.duration, connectTimeout: min(delivery.timeout, .seconds(2)).duration,
      responseBytesMax: 64 << 10)
    if let entries = delivery.entries { node.tellSent(delivery, entries) }
    client.assumeIsolated { client in
      _ = client.start(request) { [weak self] result in self?.assumeIsolated { $0.finished(delivery, result) } }
    }
  }

  /// The entries of a batch can't be read: nothing leaves.
  private func unreadable(_ error: LogReadError, _ delivery: Delivery, _ node: MasterNode) {
    var events: [MasterEvent] = []
    node.state.withLock { state in
      state.master.logUnreadable(error) { events.append($0) }
      state.master.failed(delivery, reason: "the master's log can't be read", now: Clock.now, using: &generator) {
        events.append($0)
      }
    }
    node.tell(events)
  }

  private func finished(_ delivery: Delivery, _ result: Result<Response, ClientError>) {
    // A stop ends what is on the way: nothing failed, and nothing will be sent again.
    if case .failure(let error) = result, error.kind == .stopped { return }
    guard let node else { return }
    let now = Clock.now
    var events: [MasterEvent] = []
    let outcome = result.flatMapError { .failure(Failure(reason: $0.description)) }.flatMap(Self.answer)
    node.resume { state in
      switch outcome {
      case .success(let answer):
        return state.master.answered(answer, to: delivery, now: now, log: node.log, using: &generator) {
          events.append($0)
        }
      case .failure(let failure):
        state.master.failed(delivery, reason: failure.reason, now: now, using: &generator) { events.append($0) }
        return []
      }
    }
    node.tell(events)
  }

  private struct Failure: Error {
    let reason: String
  }

  /// A follower answers 200, 409 or 503 in the dense form; everything else is no answer.
  private static func answer(_ response: Response) -> Result<ReplicateAnswer, Failure> {
    guard [200, 409, 503].contains(response.status), let answer = try? ReplicateAnswer(decoding: response.body)
    else {
      let hint = response.status == 413 ? ": the follower's --body-limit is below this master's" : ""
      return .failure(Failure(reason: "HTTP \(response.status)\(hint)"))
    }
    return .success(answer)
  }
}

extension SharedBytes: StableBytes {}
