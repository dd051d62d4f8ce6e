/// What a person puts on a follower that has met no master, to try order and deduplication.
extension Follower {
  /// What became of an entry that a person put here.
  public enum Injection: Sendable, Hashable {
    /// Stored now, with all that it was missing for.
    case stored
    /// The entries before it are missing: it is kept, and hidden, until they come.
    case held
    /// It is here already, with the same text.
    case duplicate
    /// The number is held with another text, or belongs to the master's log.
    case conflict
    /// There is no room to keep entries that come early.
    case full
    /// The log takes nothing, or can't be read.
    case refused(LogRefusal)
  }

  /// Whether `inject` would store or keep something, and so is to wait for the delay.
  public func isNew(_ payload: [UInt8], at offset: Offset, log: some Log) -> Bool {
    log.identity.log == .none && offset > log.end.last && early.text(at: offset) == nil
  }

  /// A person puts an entry here, with epoch 0. It counts for nobody's write concern.
  ///
  /// - Parameters:
  ///   - payload: the text's bytes.
  ///   - offset: from 1.
  ///   - log: this follower's.
  ///   - tell: takes what happened.
  public mutating func inject(
    _ payload: [UInt8], at offset: Offset, log: some Log, tell: (FollowerEvent) -> Void
  ) -> Injection {
    let end = log.end
    if offset <= end.last { return Self.compare(payload, at: offset, log: log) }
    guard log.identity.log == .none else { return .conflict }
    if let kept = early.text(at: offset) { return kept == payload ? .duplicate : .conflict }
    guard offset == end.last.next else {
      guard early.insert(payload, at: offset) else {
        tell(.gapBufferFull(first: offset, last: offset))
        return .full
      }
      tell(.held(first: offset, last: offset, missing: end.last.next))
      return .held
    }
    var stored = end.last
    do throws(LogRefusal) {
      stored = try log.append(payload: payload, epoch: .none, time: 0)
      while let text = early.text(at: stored.next) {
        stored = try log.append(payload: text, epoch: .none, time: 0)
        early.remove(stored)
      }
    } catch {
      tell(.storageRefused(error))
      if stored < offset { return .refused(error) }
    }
    tell(.stored(first: offset, last: stored))
    return .stored
  }

  private static func compare(_ payload: [UInt8], at offset: Offset, log: some Log) -> Injection {
    do throws(LogReadError) {
      let run = try log.read(from: offset, through: offset, generation: log.end.generation)
      var isSame = false
      run.forEach { isSame = $0.kind == .message && $0.payload.elementsEqual(payload) }
      return isSame ? .duplicate : .conflict
    } catch {
      guard case .damaged(let damage) = error else { return .conflict }
      return .refused(.damaged(damage))
    }
  }
}
