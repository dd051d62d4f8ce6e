/// One point of a log's history: an offset, the epoch of the entry there, and the running hash of all entries up to it.
///
/// Two logs that have a point in common hold the same entries up to it: the hash of an entry mixes the hash of the one before
/// with all that the entry is. It is against accidents, not against forgery.
public struct LogPoint: Hashable, Sendable, CustomStringConvertible {
  /// The offset.
  public let offset: Offset
  /// The epoch of the entry at `offset`; `Epoch.none` at zero.
  public let epoch: Epoch
  /// The running hash up to and with the entry at `offset`; at zero, of the log's id.
  public let hash: UInt64

  /// - Parameters:
  ///   - offset: from 0.
  ///   - epoch: of the entry there.
  ///   - hash: of all entries up to it.
  public init(offset: Offset, epoch: Epoch, hash: UInt64) {
    self.offset = offset
    self.epoch = epoch
    self.hash = hash
  }

  /// The point before a log's first entry. Logs with different ids have no point in common.
  public init(beginning id: LogID) {
    self.init(offset: .zero, epoch: .none, hash: XXH64.hash(id.low, seed: id.high))
  }

  /// For people: offset, epoch and hash.
  public var description: String { "\(offset)@\(epoch)#\(String(hash, radix: 16))" }
}
