import ReplicationCore

/// What the log holds for a key: a message, a list, or a seal.
struct KeyedEntry: Sendable {
  /// Of the message or the seal, or of the whole list.
  let offsets: ClosedRange<Offset>
  let epoch: Epoch
  /// What was added; nil for a seal, the word that nothing will be added with the key.
  let data: AddBody.Data?
  /// Whether the log has all of it: of a list it may have the beginning only.
  let isWhole: Bool

  /// A seal.
  init(sealAt offset: Offset, epoch: Epoch) {
    offsets = offset...offset
    self.epoch = epoch
    data = nil
    isWhole = true
  }

  /// - Parameters:
  ///   - key: the request's.
  ///   - offset: of the entry that may have it.
  ///   - log: a master's, which is never cut.
  /// - Returns: nil if the entry there has another key.
  /// - Throws: `LogReadError`.
  init?(of key: RequestKey, at offset: Offset, in log: any Log) throws(LogReadError) {
    let list = try log.list(at: offset)
    let end = log.end
    // The log of a master that may not go on can end in the middle of a list.
    let offsets = list.map { $0.lowerBound...min($0.upperBound, end.last) } ?? offset...offset
    isWhole = list.map { $0.upperBound <= end.last } ?? true
    var epoch: Epoch?
    var isSeal = false
    var texts: [[UInt8]] = []
    let run = try log.read(
      from: offsets.lowerBound, through: offsets.upperBound, generation: end.generation)
    run.forEach { entry in
      if entry.offset == offset, entry.key == key {
        epoch = entry.epoch
        isSeal = entry.kind == .seal
      }
      texts.append(Array(entry.payload))
    }
    guard let epoch else { return nil }
    self.offsets = offsets
    self.epoch = epoch
    data = isSeal ? nil : list == nil ? .one(texts[0]) : .list(texts)
  }
}
