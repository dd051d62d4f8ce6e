/// Work that takes its turns on a thread that is another's: what would else need a loop of its own.
///
/// Two libraries that each want a loop run on one thread like that, and what one of them brings about in the other costs
/// neither a wake-up nor a change of thread.
public protocol LoopGuest: AnyObject, Sendable {
  /// Readable when a turn is due, besides the times that `turn()` names.
  var descriptor: Int32 { get }

  /// Does all that can be done without waiting. On the host's thread only.
  func turn() -> LoopTurn
}

/// What a guest wants after a turn.
public enum LoopTurn: Sendable {
  /// Another turn, after so many milliseconds at most; 0 for at once, nil for when there is something to do.
  case again(milliseconds: Int32?)
  /// No more turns: it has ended.
  case ended
}

/// A loop that takes a guest.
public protocol LoopHost: AnyObject, Sendable {
  /// Gives `guest` a turn in each turn of the loop, from now on until it has ended, which has to be before the host ends. One
  /// guest at a time. Any thread.
  func take(_ guest: any LoopGuest)

  /// Makes the guest's turn come soon: one begins after this call. Any thread; never lost; cheap when called often.
  func wake()
}
