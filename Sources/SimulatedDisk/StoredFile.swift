/// One file, whatever it is called: what the disk surely holds, what may still be undone, and what readers see.
struct StoredFile: Sendable {
  /// What survives any power loss, before `changes`.
  private(set) var durable = SparseBytes()
  /// What is read back: all changes done.
  private(set) var cached = SparseBytes()
  /// In the order in which they were made.
  private(set) var changes: [FileChange] = []
  /// How many have it open.
  var openCount = 0

  private var hasLost: Bool { changes.contains { $0.fate == .lost } }

  mutating func write(_ bytes: UnsafeRawBufferPointer, at position: Int, operation: Int) {
    guard !bytes.isEmpty else { return }
    extend(to: position + bytes.count, operation: operation)
    cached.write(bytes, at: position)
    changes.append(FileChange(kind: .write(position: position, bytes: Array(bytes)), operation: operation))
  }

  mutating func extend(to size: Int, operation: Int) {
    guard size > cached.count else { return }
    cached.extend(to: size)
    changes.append(FileChange(kind: .extend(to: size), operation: operation))
  }

  mutating func truncate(to size: Int, operation: Int) {
    guard size < cached.count else { return extend(to: size, operation: operation) }
    cached.truncate(to: size)
    changes.append(FileChange(kind: .truncate(to: size), operation: operation))
  }

  /// A sync that works.
  mutating func sync() {
    if hasLost {
      for index in changes.indices where changes[index].fate == .pending { changes[index].fate = .synced }
    } else {
      settle()
    }
  }

  /// A sync that fails: what was written counts as clean and is not on the disk. The length is tried again by the next one.
  mutating func loseWrites() {
    for index in changes.indices where changes[index].fate == .pending {
      if case .write = changes[index].kind { changes[index].fate = .lost }
    }
  }

  /// The bytes that a failed sync lost are no longer seen either.
  mutating func forgetLost() {
    guard hasLost else { return }
    changes.removeAll { $0.fate == .lost }
    cached = durable
    for change in changes { change.apply(to: &cached) { _ in true } }
    // What was durable but for an order that no longer matters is so without more.
    if changes.allSatisfy({ $0.fate == .synced }) { settle() }
  }

  /// The file as a power loss leaves it.
  /// - Parameter isKept: whether a piece of a change that isn't durable survived.
  func afterPowerLoss(where isKept: (_ change: Int, _ piece: Int) -> Bool) -> StoredFile {
    var file = StoredFile()
    file.durable = durable
    for (index, change) in changes.enumerated() {
      change.apply(to: &file.durable) { change.fate == .synced || isKept(index, $0) }
    }
    file.durable.trim()
    file.cached = file.durable
    return file
  }

  /// Changes what the disk holds behind everybody's back.
  mutating func damage(_ body: (inout SparseBytes) -> Void) {
    body(&durable)
    body(&cached)
  }

  private mutating func settle() {
    for change in changes {
      switch change.kind {
      case .write(let position, let bytes): durable.adopt(position..<position + bytes.count, of: cached)
      case .extend: durable.extend(to: cached.count)
      case .truncate:
        durable = cached
        return changes = []
      }
    }
    changes = []
  }
}
