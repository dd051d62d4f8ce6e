import Locking
import ReplicationCore

/// Where a follower's answers wait until what they answer for is durable, or the disk fails.
///
/// It asks the log itself how far it is, since reports may come from several threads, the older one last.
final class DurabilityGate: Sendable {
  /// Called once, when the wait is over, by whoever ends it: under no lock of the gate.
  typealias Ending = @Sendable () -> Void

  /// One that waits, for as long as it does.
  struct Waiter: Sendable, Hashable {
    fileprivate let number: UInt64
  }

  private struct Place {
    let waiter: Waiter
    let offset: Offset
    /// What was removed from the log never becomes durable: who waits for it goes on.
    let generation: UInt64
    let ending: Ending

    func waits(for end: LogEnd) -> Bool { offset > end.durable && generation == end.generation }
  }

  private struct State {
    /// In the order in which they came.
    var places: [Place] = []
    var waitersEver: UInt64 = 0
    var isOpen = false
  }

  private let log: any Log
  private let state = Locked(State())

  /// - Parameter log: whose entries are waited for.
  init(log: any Log) {
    self.log = log
  }

  /// How many wait.
  var waiting: Int { state.withLock { $0.places.count } }

  /// More is durable, entries were taken out, or the disk fails: those who need not wait any more go on. Any thread.
  func look() {
    let ready = state.withLock { state -> [Place] in
      guard !state.places.isEmpty else { return [] }
      let (end, isInTrouble) = (log.end, log.trouble != nil)
      let ready = state.places.filter { isInTrouble || !$0.waits(for: end) }
      if !ready.isEmpty { state.places.removeAll { isInTrouble || !$0.waits(for: end) } }
      return ready
    }
    for place in ready { place.ending() }
  }

  /// Lets everybody through from now on: the node stops, and what they wait for may never come.
  func open() {
    let ready = state.withLock { state in
      state.isOpen = true
      defer { state.places = [] }
      return state.places
    }
    for place in ready { place.ending() }
  }

  /// Waits until the entry at `offset` is durable or can't become so for now. The log tells which.
  ///
  /// - Parameters:
  ///   - offset: in the log.
  ///   - generation: the `LogEnd.generation` in which it was there.
  ///   - ending: called when the wait is over, which may be before this returns.
  /// - Returns: nil if there is nothing to wait for: `ending` is not called then.
  func wait(for offset: Offset, in generation: UInt64, _ ending: @escaping Ending) -> Waiter? {
    state.withLock { state in
      state.waitersEver += 1
      let waiter = Waiter(number: state.waitersEver)
      let place = Place(waiter: waiter, offset: offset, generation: generation, ending: ending)
      guard !state.isOpen, place.waits(for: log.end), log.trouble == nil else { return nil }
      state.places.append(place)
      return waiter
    }
  }

  /// Ends a wait, if it has not ended.
  func cancel(_ waiter: Waiter) {
    let place = state.withLock { state in
      state.places.firstIndex { $0.waiter == waiter }.map { state.places.remove(at: $0) }
    }
    place?.ending()
  }

  /// Waits as `wait(for:in:_:)` does, or until the task is cancelled.
  func wait(for offset: Offset, in generation: UInt64) async {
    let waiter = Locked<Waiter?>(nil)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let entered = wait(for: offset, in: generation) { continuation.resume() }
        guard let entered else { return continuation.resume() }
        waiter.withLock { $0 = entered }
        // Who cancelled before found nobody here.
        if Task.isCancelled { cancel(entered) }
      }
    } onCancel: {
      if let waiter = waiter.withLock({ $0 }) { cancel(waiter) }
    }
  }
}
