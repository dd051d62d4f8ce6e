extension EntryRun {
  /// Messages that a master appends together.
  ///
  /// - Parameters:
  ///   - messages: the UTF-8 bytes of each, at least one message.
  ///   - epoch: the appending master's.
  ///   - time: milliseconds since 1970.
  ///   - previous: the point of the log's last entry.
  public init(messages: [[UInt8]], epoch: Epoch, time: UInt64, after previous: LogPoint) {
    var last = previous
    var bytes: [UInt8] = []
    bytes.reserveCapacity(messages.reduce(0) { $0 + Entry.headerBytes + $1.count })
    for message in messages {
      let entry = Entry(offset: last.offset.next, epoch: epoch, time: time, payload: message)
      last = entry.encode(into: &bytes, after: last)
    }
    self.init(first: previous.offset.next, last: last.offset, bytes: bytes)
  }
}
