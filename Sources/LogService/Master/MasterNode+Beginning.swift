import Locking
import Logging
import ReplicationCore

/// The beginning of a master: with an epoch that is on the disk, or, where the disk doesn't take it, without one until it does.
extension MasterNode {
  /// The replication of a start.
  static func core(_ outcome: MasterStart.Outcome, _ configuration: MasterConfiguration, log: any Log) -> Master {
    Master(
      mastership: outcome.mastership, followers: configuration.followers.count, settings: configuration.settings,
      now: Clock.now, durable: log.heldEnd ?? .zero, recover: outcome.recover)
  }

  /// Stands in for the replication of a start that the disk doesn't let happen: nothing is taken and nothing is sent.
  static func waitingCore(
    _ configuration: MasterConfiguration, log: any Log, after failure: MasterStartFailure
  ) -> Master {
    var core = core(MasterStart.Outcome(mastership: log.identity.promise, recover: nil), configuration, log: log)
    // From the first request on.
    core.storageTrouble(failure.trouble) { _ in }
    return core
  }

  /// It has its epoch: it takes messages and replicates.
  func begin() async {
    log.observe { [weak self] in self?.noteLogChange() }
    // What happened before it was observed.
    logChanged()
    await replicator.begin(for: self)
    keyReading.withLock { $0 = keepKeys() }
    // It begins read-only where a quorum is wanted and no follower was heard yet.
    if let reason = state.withLock({ $0.master.readOnly }) { tell([.readOnlyChanged(reason)]) }
  }

  /// It has no epoch yet: it shows what it holds, and tries each second.
  func beginLater(_ start: MasterStart, after failure: MasterStartFailure) -> Task<Void, Never> {
    log.observe { [weak self, weak gate = start.gate] in
      gate?.look()
      self?.logChanged()
    }
    logger.error(
      "no epoch yet: the node shows what it holds, and takes no messages until it has one",
      metadata: ["reason": "\(failure.trouble)"])
    // What happened before it was observed.
    logChanged()
    return Task { [weak self] in
      while (try? await Task.sleep(for: Self.beginPause)) != nil {
        let result: Result<MasterStart.Outcome, MasterStartFailure>
        do {
          result = .success(try await start.run())
        } catch let failure as MasterStartFailure {
          result = .failure(failure)
        } catch {
          // The node stops.
          return
        }
        guard let self else { return }
        if await tried(result) { return }
      }
    }
  }

  /// - Returns: whether there is nothing more to try.
  private func tried(_ result: Result<MasterStart.Outcome, MasterStartFailure>) async -> Bool {
    switch result {
    case .failure(let failure):
      state.withLock { $0.startTrouble = failure.trouble }
      logChanged()
      return false
    case .success(let outcome):
      let isBegun = state.withLock { state in
        guard !state.isStopping else { return false }
        state.master = Self.core(outcome, configuration, log: log)
        state.startTrouble = nil
        return true
      }
      if isBegun {
        logger.notice(
          "the epoch begins", metadata: ["epoch": "\(outcome.mastership.epoch)", "last": "\(log.end.last)"])
        await begin()
      }
      return true
    }
  }

  /// Before the disk is tried anew.
  private static let beginPause = Duration.seconds(1)
}
