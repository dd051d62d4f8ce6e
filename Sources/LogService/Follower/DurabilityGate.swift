import Locking
import ReplicationCore

/// Where a follower's answers wait until what they answer for is durable, or the disk fails.
///
/// It asks the log itself how far it is, since reports may come from several threads, the older one last.
final class DurabilityGate: Sendable {
  private struct Waiter {
    let offset: Offset
    /// What was removed from the log never becomes durable: who waits for it goes on.
    let generation: UInt64
    let continuation: CheckedContinuation<Void, Never>

    func isDone(_ log: any Log) -> Bool {
      let end = log.end
      return offset <= end.durable || generation != end.generation || log.trouble != nil
    }
  }

  private struct State {
    var waiting: [UInt64: Waiter] = [:]
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
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// More is durable, entries were taken out, or the disk fails: those who need not wait any more go on. Any thread.
  func look() {
    let ready = state.withLock { state -> [Waiter] in
      guard !state.waiting.isEmpty else { return [] }
      let ready = state.waiting.filter { $0.value.isDone(log) }
      for number in ready.keys { state.waiting[number] = nil }
      return Array(ready.values)
    }
    for waiter in ready { waiter.continuation.resume() }
  }

  /// Lets everybody through from now on: the node stops, and what they wait for may never come.
  func open() {
    let ready = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for waiter in ready { waiter.continuation.resume() }
  }

  /// Waits until the entry at `offset` is durable or can't become so for now, or the task is cancelled. The log tells which.
  ///
  /// - Parameters:
  ///   - offset: in the log.
  ///   - generation: the `LogEnd.generation` in which it was there.
  func wait(for offset: Offset, in generation: UInt64) async {
    let number = state.withLock { state in
      state.waitersEver += 1
      return state.waitersEver
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waiter = Waiter(offset: offset, generation: generation, continuation: continuation)
        let isReady = state.withLock { state in
          if state.isOpen || Task.isCancelled || waiter.isDone(log) { return true }
          state.waiting[number] = waiter
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { $0.waiting.removeValue(forKey: number) }
      waiter?.continuation.resume()
    }
  }
}
