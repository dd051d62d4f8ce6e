import Locking
import ReplicationCore

/// Where readers wait until the node shows an offset, or their time is over, or they hang up, or the node stops.
///
/// They hold no thread, and nobody looks again and again: whoever makes the node show more calls `look`.
final class ReaderGate: Sendable {
  private struct Waiter {
    let offset: Offset
    let level: MessagesQuery.Level
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var waiting: [UInt64: Waiter] = [:]
    var waitersEver: UInt64 = 0
    /// How many are in `wait`, those included that are on their way in or out.
    var inside = 0
    var isOpen = false
  }

  /// No room for another one.
  struct Full: Error, Hashable {
    /// How many may wait at once.
    let limit: Int
  }

  private let shown: @Sendable (MessagesQuery.Level) -> Offset
  private let limit: Int
  private let state = Locked(State())

  /// - Parameters:
  ///   - limit: how many may wait at once.
  ///   - shown: the last offset that the node shows. Called under the gate's lock: it must not call the gate.
  init(limit: Int, shown: @escaping @Sendable (MessagesQuery.Level) -> Offset) {
    self.limit = limit
    self.shown = shown
  }

  /// How many wait.
  var waiting: Int { state.withLock { $0.waiting.count } }

  /// The node may show more: those who wait for it go on. Any thread; costs next to nothing where nobody waits.
  func look() {
    let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard !state.waiting.isEmpty else { return [] }
      let (local, committed) = (shown(.local), shown(.committed))
      let ready = state.waiting.filter { $0.value.offset <= ($0.value.level == .local ? local : committed) }
      for number in ready.keys { state.waiting[number] = nil }
      return ready.values.map(\.continuation)
    }
    guard !ready.isEmpty else { return }
    // A reader goes on where it is resumed: not on the thread that syncs or replicates.
    Task.detached { for continuation in ready { continuation.resume() } }
  }

  /// Lets everybody through from now on: the node stops.
  func open() {
    let ready = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return state.waiting.values.map(\.continuation)
    }
    for continuation in ready { continuation.resume() }
  }

  /// Waits until the node shows `offset`; returns too when the time is over, the task is cancelled or the node stops.
  ///
  /// - Parameters:
  ///   - offset: in the log.
  ///   - level: how certain it must be.
  ///   - deadline: when the time is over.
  /// - Returns: whether another wait makes sense.
  /// - Throws: `Full`, at once.
  func wait(
    for offset: Offset, _ level: MessagesQuery.Level, until deadline: ContinuousClock.Instant
  ) async throws(Full) -> Bool {
    guard deadline > .now else { return false }
    let number = try state.withLock { (state) throws(Full) in
      guard state.inside < limit else { throw Full(limit: limit) }
      state.inside += 1
      state.waitersEver += 1
      return state.waitersEver
    }
    defer { state.withLock { $0.inside -= 1 } }
    let clock = Task.detached { [weak self] in
      if (try? await Task.sleep(until: deadline, clock: .continuous)) != nil { self?.end(number) }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = state.withLock { state in
          if state.isOpen || Task.isCancelled || deadline <= .now || offset <= shown(level) { return true }
          state.waiting[number] = Waiter(offset: offset, level: level, continuation: continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      end(number)
    }
    clock.cancel()
    return !Task.isCancelled && !state.withLock(\.isOpen)
  }

  private func end(_ number: UInt64) {
    let waiter = state.withLock { $0.waiting.removeValue(forKey: number) }
    waiter?.continuation.resume()
  }
}
