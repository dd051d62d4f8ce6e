internal import Synchronization

/// Ends the sleep of one thread, cheaply when it is called often and without ever being lost.
///
/// The sleeper calls ``rise()``, looks for work, then ``mayRest()``, and sleeps only if that says so. A ``ring(_:)`` that
/// comes before it makes ``mayRest()`` say no; one that comes after it ends the sleep.
public final class Alarm: Sendable {
  private enum Sleeper: UInt8, AtomicRepresentable {
    /// Looking for work, and about to look again before it sleeps.
    case awake
    /// Sleeping, or about to: a call is needed to wake it.
    case asleep
    /// Rung since it rose: it won't sleep.
    case rung
  }

  private let sleeper = Atomic(Sleeper.awake)

  /// An alarm whose sleeper is awake.
  public init() {}

  /// Any thread.
  ///
  /// - Parameter call: ends the sleep; made by the first of many only.
  public func ring(_ call: () -> Void) {
    // Acquiring and releasing: what the caller wrote before is seen by the thread that rises.
    if sleeper.exchange(.rung, ordering: .acquiringAndReleasing) == .asleep { call() }
  }

  /// The sleeper is awake: rings from here on lead to another look for work.
  public func rise() {
    _ = sleeper.exchange(.awake, ordering: .acquiringAndReleasing)
  }

  /// Whether the sleeper may sleep, which it has to do at once if so.
  public func mayRest() -> Bool {
    sleeper.compareExchange(expected: .awake, desired: .asleep, ordering: .acquiringAndReleasing).exchanged
  }
}
