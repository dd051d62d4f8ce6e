import ReplicationCore

/// What a master may rightly believe of the process behind one URL, drawn from what truly happened there.
///
/// A process counts until another one answers a request that left after the first one's first answer had arrived: only
/// then is the other one known to have lived later.
struct Evidence {
  /// Who is there; nil before the first answer.
  private(set) var process: Int?
  private(set) var identity: NodeIdentity?
  /// The highest offset up to which it held everything, durably, at a moment when it answered.
  private(set) var held = Offset.zero
  private var knownSince = 0

  /// An answer arrives.
  /// - Parameters:
  ///   - process: who gave it.
  ///   - identity: that process's.
  ///   - held: the durable end of its log, of this master's entries, when it answered.
  ///   - departure: the step in which the request left.
  ///   - now: this step.
  mutating func answered(by process: Int, identity: NodeIdentity, held: Offset, departure: Int, now: Int) {
    if process == self.process {
      self.held = max(self.held, held)
    } else if self.process == nil || departure >= knownSince {
      self.process = process
      self.identity = identity
      self.held = held
      knownSince = now
    }
  }

  /// The follower behind the URL has dropped this master's entries for a later master, and the master was told.
  mutating func refused() {
    held = .zero
  }
}
