import DequeModule

/// Names one request that waits for its write concern.
public struct WaiterID: Hashable, Sendable {
  /// Never used twice in the life of a process.
  public let rawValue: UInt64
  /// The offset whose entry it waits for.
  public let offset: Offset
  /// The number of nodes it waits for.
  public let writeConcern: Int
  /// When its wait ends all the same; nil for never.
  public let deadline: Instant?

  /// - Parameters:
  ///   - rawValue: never used before.
  ///   - offset: the entry's.
  ///   - writeConcern: 1 … the number of nodes.
  ///   - deadline: when its wait ends all the same; nil for never.
  public init(rawValue: UInt64, offset: Offset, writeConcern: Int, deadline: Instant? = nil) {
    self.rawValue = rawValue
    self.offset = offset
    self.writeConcern = writeConcern
    self.deadline = deadline
  }
}

/// The requests that wait for their write concern: one queue per write concern, each in the order of offsets.
///
/// Since acked offsets only rise, releasing is taking from a queue's front, however many wait.
///
/// Invariant: within a queue offsets never fall; `count` is the number of waiters that were not cancelled; those of them that
/// have a deadline, and no others, are in `deadlines`.
public struct WaiterQueues: Sendable {
  private struct Place {
    let id: WaiterID
    var isCancelled = false
  }

  /// The queue of write concern w stands at w - 1.
  private var queues: [Deque<Place>]
  /// How many places of each queue are cancelled and not yet swept out.
  private var cancelled: [Int]
  private var deadlines = WaiterDeadlines()
  /// How many requests wait.
  public private(set) var count = 0

  /// - Parameter nodes: the number of configured nodes.
  public init(nodes: Int) {
    queues = Array(repeating: [], count: nodes)
    cancelled = Array(repeating: 0, count: nodes)
  }

  /// Adds a waiter: behind all that wait with the same write concern, if its entry is the last one; one for an earlier entry,
  /// which is rarer, among them.
  public mutating func add(_ id: WaiterID) {
    let index = id.writeConcern - 1
    var place = queues[index].count
    while place > 0, queues[index][place - 1].id.offset > id.offset { place -= 1 }
    queues[index].insert(Place(id: id), at: place)
    count += 1
    deadlines.add(id)
  }

  /// Takes out every waiter whose entry is held by as many nodes as it asked for, and hands it to `release`.
  public mutating func release(upTo acked: AckedOffsets, _ release: (WaiterID) -> Void) {
    for index in queues.indices where !queues[index].isEmpty {
      let limit = acked.acked(index + 1)
      while let first = queues[index].first, first.id.offset <= limit {
        queues[index].removeFirst()
        if first.isCancelled {
          cancelled[index] -= 1
        } else {
          count -= 1
          deadlines.remove(first.id)
          release(first.id)
        }
      }
    }
  }

  /// Takes one waiter out.
  /// - Returns: whether it was still waiting.
  public mutating func cancel(_ id: WaiterID) -> Bool {
    let index = id.writeConcern - 1
    guard let place = place(of: id, in: queues[index]), !queues[index][place].isCancelled else { return false }
    queues[index][place].isCancelled = true
    cancelled[index] += 1
    count -= 1
    deadlines.remove(id)
    // Swept when they are the greater part: constant cost per cancellation, and the queue never grows by them.
    if cancelled[index] > queues[index].count / 2 {
      queues[index].removeAll { $0.isCancelled }
      cancelled[index] = 0
    }
    return true
  }

  /// When the first wait with a limit ends; nil when there is none.
  public var firstDeadline: Instant? { deadlines.first }

  /// Takes out every waiter whose time is over, and hands it to `end`.
  public mutating func expire(now: Instant, _ end: (WaiterID) -> Void) {
    while let id = deadlines.expired(now: now) {
      // It takes the deadline out as well.
      let wasWaiting = cancel(id)
      precondition(wasWaiting, "\(id) has a deadline and does not wait")
      end(id)
    }
  }

  /// Takes all out.
  public mutating func removeAll() -> [WaiterID] {
    let all = queues.flatMap { queue in queue.filter { !$0.isCancelled }.map(\.id) }
    for index in queues.indices {
      queues[index] = []
      cancelled[index] = 0
    }
    count = 0
    deadlines.removeAll()
    return all
  }

  private func place(of id: WaiterID, in queue: Deque<Place>) -> Int? {
    var low = 0
    var high = queue.count
    while low < high {
      let middle = (low + high) / 2
      if queue[middle].id.offset < id.offset { low = middle + 1 } else { high = middle }
    }
    while low < queue.count, queue[low].id.offset == id.offset {
      if queue[low].id.rawValue == id.rawValue { return low }
      low += 1
    }
    return nil
  }
}
