/// Where the log holds the entry with a request's key: exactly for the keys seen last, "maybe" for older ones.
///
/// Keys stand here by their hash: whoever finds an offset has to look at the entry, which holds the key itself.
///
/// Memory is bounded by the two parameters of `init`, however long the log is.
public struct KeyIndex: Sendable {
  /// What is known of a key.
  public enum Place: Hashable, Sendable {
    /// No entry of the log has it.
    case nowhere
    /// The entry there has it, or a key with the same hash.
    case at(Offset)
    /// An entry that is no longer remembered may have it.
    case forgotten
  }

  /// How many keys are remembered exactly at most.
  public let recentMax: Int
  /// The memory that tells older keys from new ones.
  public let filterBytes: Int
  var offsets: [UInt64: Offset] = [:]
  /// The keys of `offsets` in the order in which they came, from `oldest` on and around: a ring once it is full.
  var order: [UInt64] = []
  private var oldest = 0
  var older: KeyFilter

  /// - Parameters:
  ///   - recentMax: how many keys are remembered exactly, at least 1: about 40 bytes each.
  ///   - filterBytes: the memory that tells older keys from new ones, a power of two of at least 8. With 12 bits for each key
  ///     one new key in about 250 is taken for a forgotten one.
  public init(recentMax: Int = 1 << 20, filterBytes: Int = 16 << 20) {
    precondition(recentMax > 0, "\(recentMax) keys to remember")
    self.recentMax = recentMax
    self.filterBytes = filterBytes
    older = KeyFilter(bytes: filterBytes)
  }

  /// How many keys are remembered exactly.
  public var count: Int { order.count }

  /// Whether no key was noted.
  public var isEmpty: Bool { order.isEmpty }

  /// Notes that an entry has a key. Of two entries with the same, the first counts.
  /// - Parameters:
  ///   - hash: the key's.
  ///   - offset: the entry's, above all that were noted.
  public mutating func note(_ hash: UInt64, at offset: Offset) {
    guard offsets[hash] == nil else { return }
    offsets[hash] = offset
    guard order.count == recentMax else { return order.append(hash) }
    let forgotten = order[oldest]
    offsets[forgotten] = nil
    older.insert(forgotten)
    order[oldest] = hash
    oldest = (oldest + 1) % recentMax
  }

  /// What is known of a key.
  /// - Parameter hash: the key's.
  public func place(of hash: UInt64) -> Place {
    if let offset = offsets[hash] { return .at(offset) }
    return older.mayContain(hash) ? .forgotten : .nowhere
  }

  /// The key that came after `place` others of those that are remembered exactly.
  func recent(_ place: Int) -> UInt64 { order[(oldest + place) % order.count] }
}
