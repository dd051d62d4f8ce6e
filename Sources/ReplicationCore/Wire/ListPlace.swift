/// Where an entry stands in a list: messages that one request added, of which a log keeps all or none.
///
/// The entries of a list lie one after the other, and each says its place, so that from any of them the whole list is known.
/// A crash may leave the beginning of a list at the end of a node's log. Nobody is shown it and it is not counted as held
/// (`Log.wholeEnd`), and a master that starts takes it out.
public struct ListPlace: Sendable, Hashable {
  /// Which of the list's entries it is, from 0.
  public let index: UInt32
  /// How many entries the list has, at least 2: a list of one needs no place.
  public let count: UInt32

  /// - Returns: nil if there is no such place.
  public init?(index: UInt32, count: UInt32) {
    guard count >= 2, index < count else { return nil }
    self.index = index
    self.count = count
  }

  /// Whether no entry of the list comes after this one.
  public var isLast: Bool { index == count - 1 }

  /// The offsets of the whole list.
  /// - Parameter offset: of the entry with this place.
  /// - Returns: nil where no such list can be.
  public func offsets(of offset: Offset) -> ClosedRange<Offset>? {
    guard offset.rawValue > UInt64(index), offset.rawValue <= .max - UInt64(count) else { return nil }
    let first = offset.rawValue - UInt64(index)
    return Offset(first)...Offset(first + UInt64(count) - 1)
  }
}

extension EntryView {
  /// Its place in a list; nil if it stands alone.
  public var listPlace: ListPlace? { decodedFields?.list }

  /// The offsets of the list that it belongs to; nil if it stands alone.
  public var list: ClosedRange<Offset>? { listPlace?.offsets(of: offset) }

  /// The key of the request that brought it; nil without one.
  public var key: RequestKey? { decodedFields?.key }

  private var decodedFields: Entry.Fields? {
    // An entry with a valid checksum and fields in another form was never written: there is nothing to be said of it.
    fields.isEmpty ? nil : try? Entry.Fields(decoding: fields)
  }
}
