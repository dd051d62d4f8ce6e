extension EntryRun {
  /// A list: messages that a master appends together. Each has its place in it, and the first one the key.
  ///
  /// - Parameters:
  ///   - messages: the UTF-8 bytes of each, at least one message.
  ///   - key: the client's name for the request that brought them; nil for none.
  ///   - epoch: the appending master's.
  ///   - time: milliseconds since 1970.
  ///   - previous: the point of the log's last entry.
  public init(
    messages: [[UInt8]], key: RequestKey? = nil, epoch: Epoch, time: UInt64, after previous: LogPoint
  ) {
    var last = previous
    let keyBytes = key.map { Entry.Fields(key: $0).encoded.count } ?? 0
    let memory = GrowingBytes(
      capacity: messages.reduce(keyBytes) { $0 + Entry.headerBytes + Entry.Fields.listBytes + $1.count })
    var bytes = SharedBytes(endOf: memory)
    var fields: [UInt8] = []
    for (index, message) in messages.enumerated() {
      let place = ListPlace(index: UInt32(index), count: UInt32(messages.count))
      fields.removeAll(keepingCapacity: true)
      Entry.Fields(key: index == 0 ? key : nil, list: place).encode(into: &fields)
      last = memory.append(Entry.headerBytes + fields.count + message.count) { room in
        Entry.encode(.message, epoch: epoch, time: time, fields: fields, payload: message, to: room, after: last)
      }
    }
    bytes.grow()
    self.init(first: previous.offset.next, last: last.offset, bytes: bytes)
  }
}
