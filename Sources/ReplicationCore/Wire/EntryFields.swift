extension Entry {
  /// The facts that come with an entry's payload. As bytes each is
  ///
  ///     ┌────────┬──────────┬───────┐
  ///     │ tag u8 │ size u16 │ value │
  ///     └────────┴──────────┴───────┘
  ///
  /// little-endian, one after the other. Facts with a tag that this program doesn't know are kept with the entry and ignored.
  public struct Fields: Sendable, Hashable {
    private static let keyTag: UInt8 = 1
    private static let listTag: UInt8 = 2
    /// The size of a place in a list.
    static let listBytes = 11

    /// The client's name for the request that brought the entry; nil if it has none. That of a list stands on its first entry.
    public let key: RequestKey?
    /// Its place in a list; nil if it stands alone.
    public let list: ListPlace?

    /// - Parameters:
    ///   - key: the request's.
    ///   - list: the place in a list.
    public init(key: RequestKey? = nil, list: ListPlace? = nil) {
      self.key = key
      self.list = list
    }

    /// The facts as they lie in an entry.
    public var encoded: [UInt8] {
      var bytes: [UInt8] = []
      encode(into: &bytes)
      return bytes
    }

    /// Appends the facts, as they lie in an entry, to `bytes`.
    func encode(into bytes: inout [UInt8]) {
      if let key {
        bytes.reserveCapacity(bytes.count + 3 + key.bytes.count)
        bytes.append(Self.keyTag)
        bytes.append(littleEndian: UInt16(key.bytes.count))
        bytes.append(contentsOf: key.bytes)
      }
      if let list {
        bytes.append(Self.listTag)
        bytes.append(littleEndian: UInt16(8))
        bytes.append(littleEndian: UInt64(list.count) << 32 | UInt64(list.index))
      }
    }

    /// Reads the facts of an entry.
    /// - Parameter bytes: of an entry that was checked.
    /// - Throws: `WireError` if they are not in this form.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
      var reader = ByteReader(bytes)
      var key: RequestKey?
      var list: ListPlace?
      while reader.remaining > 0 {
        let tag = try reader.read(UInt8.self)
        let size = try reader.read(UInt16.self)
        let value = try reader.read(count: Int(size))
        switch tag {
        case Self.keyTag:
          guard key == nil, let found = RequestKey(value) else {
            throw .invalid("an entry's key is none, or there are two")
          }
          key = found
        case Self.listTag:
          var place = ByteReader(value)
          guard list == nil, size == 8,
            let found = ListPlace(index: try place.read(UInt32.self), count: try place.read(UInt32.self))
          else { throw .invalid("an entry's place in a list is none, or there are two") }
          list = found
        default: continue
        }
      }
      self.key = key
      self.list = list
    }
  }
}
