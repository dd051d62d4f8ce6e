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

    /// The client's name for the request that brought the entry; nil if it has none.
    public let key: RequestKey?

    /// - Parameter key: the request's.
    public init(key: RequestKey?) {
      self.key = key
    }

    /// The facts as they lie in an entry.
    public var encoded: [UInt8] {
      guard let key else { return [] }
      var bytes: [UInt8] = [Self.keyTag]
      bytes.reserveCapacity(3 + key.bytes.count)
      bytes.append(littleEndian: UInt16(key.bytes.count))
      bytes.append(contentsOf: key.bytes)
      return bytes
    }

    /// Reads the facts of an entry.
    /// - Parameter bytes: of an entry that was checked.
    /// - Throws: `WireError` if they are not in this form.
    public init(decoding bytes: UnsafeRawBufferPointer) throws(WireError) {
      var reader = ByteReader(bytes)
      var key: RequestKey?
      while reader.remaining > 0 {
        let tag = try reader.read(UInt8.self)
        let size = try reader.read(UInt16.self)
        let value = try reader.read(count: Int(size))
        guard tag == Self.keyTag else { continue }
        guard key == nil, let found = RequestKey(value) else {
          throw .invalid("an entry's key is none, or there are two")
        }
        key = found
      }
      self.key = key
    }
  }
}
