import ReplicationCore

/// What a master may rightly believe of the process behind one URL, drawn from what truly happened there.
///
/// A process counts until another one answers a request that left after the first one's first answer had arrived: only
/// then is the other one known to have lived later. A process that has cut damage out of its log counts as another one.
struct Evidence {
  /// Who is there; nil before the first answer.
  private(set) var life: Int?
  private(set) var identity: NodeIdentity?
  /// The highest offset up to which it held the master's entries, durably, at a moment when it answered as its follower.
  private(set) var held = Offset.zero
  private var knownSince = 0

  /// An answer arrives.
  /// - Parameters:
  ///   - life: who gave it.
  ///   - identity: that process's.
  ///   - held: up to where its durable log was the master's when it answered; nil if it was not the master's follower.
  ///   - departure: the step in which the request left.
  ///   - now: this step.
  mutating func answered(by life: Int, identity: NodeIdentity, held: Offset?, departure: Int, now: Int) {
    if life == self.life {
      self.held = held.map { max(self.held, $0) } ?? .zero
    } else if self.life == nil || departure >= knownSince {
      self.life = life
      self.identity = identity
      self.held = held ?? .zero
      knownSince = now
    }
  }

  /// The follower behind the URL follows a later master, and the master was told.
  mutating func refused() {
    held = .zero
  }
}
