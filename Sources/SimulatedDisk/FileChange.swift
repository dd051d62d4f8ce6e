/// One change of a file that a power loss may undo.
struct FileChange: Sendable {
  enum Kind: Sendable {
    /// Bytes at a position, within the length.
    case write(position: Int, bytes: [UInt8])
    /// The file grows to a length; new bytes are zero.
    case extend(to: Int)
    /// The file is cut to a length.
    case truncate(to: Int)
  }

  enum Fate: Sendable {
    /// The next sync makes it durable.
    case pending
    /// A sync failed: no later one will write it. Nobody knows what of it is on the disk.
    case lost
    /// Durable, and kept here only because a lost change comes before it.
    case synced
  }

  /// The smallest piece that the disk writes as a whole.
  static let sectorBytes = 512

  let kind: Kind
  /// The number of the operation that did it.
  let operation: Int
  var fate = Fate.pending

  /// Into how many pieces a power loss may tear it.
  var pieces: Int {
    guard case .write(let position, let bytes) = kind, !bytes.isEmpty else { return 1 }
    return (position + bytes.count - 1) / Self.sectorBytes - position / Self.sectorBytes + 1
  }

  /// Does to `content` what is left of the change.
  /// - Parameter isKept: whether a piece survived.
  func apply(to content: inout SparseBytes, where isKept: (_ piece: Int) -> Bool) {
    switch kind {
    case .extend(let size):
      if isKept(0) { content.extend(to: size) }
    case .truncate(let size):
      if isKept(0) { content.truncate(to: size) }
    case .write(let position, let bytes):
      bytes.withUnsafeBytes { raw in
        var begin = 0
        for piece in 0..<pieces {
          let end = min(((position + begin) / Self.sectorBytes + 1) * Self.sectorBytes - position, raw.count)
          if isKept(piece) {
            content.write(UnsafeRawBufferPointer(rebasing: raw[begin..<end]), at: position + begin)
          }
          begin = end
        }
      }
    }
  }
}
