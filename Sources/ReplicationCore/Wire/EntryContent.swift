extension Entry {
  /// What a master puts into an entry; its place in the log comes with the append.
  public struct Content: Sendable, Hashable {
    /// What it is.
    public let kind: Kind
    /// Facts that come with the payload, encoded: see `Fields`.
    public let fields: [UInt8]
    /// The message's UTF-8 bytes.
    public let payload: [UInt8]

    /// A message.
    /// - Parameters:
    ///   - payload: its UTF-8 bytes, at most 2³² - 1.
    ///   - key: the client's name for the request that brought it; nil for none.
    public init(message payload: [UInt8], key: RequestKey? = nil) {
      kind = .message
      fields = key.map { Fields(key: $0).encoded } ?? []
      self.payload = payload
    }

    /// The word that no message will ever come with this key.
    /// - Parameter key: one that no entry of the log has.
    public init(seal key: RequestKey) {
      kind = .seal
      fields = Fields(key: key).encoded
      payload = []
    }

    /// The size of the entry's bytes.
    public var encodedBytes: Int { Entry.headerBytes + fields.count + payload.count }
  }
}
