import Glibc
internal import Locking
public import LogStorage

/// A folder in memory that behaves as one on a disk does when the power fails, a call fails or a bit rots.
///
/// What is written reads back at once and is durable only after a sync. `powerLoss`, `crashed` and `crashStates` make the
/// disks that a power loss could leave now; each is a disk of its own, and the one they were made from goes on. It has no
/// randomness of its own. Any thread may call it.
///
/// What a power loss may do:
/// * each unsynced write is kept, lost, or torn between sectors of 512 bytes: any of them may survive;
/// * a growth or truncation is kept or lost whatever becomes of the bytes; bytes that were lost read as what was there before;
/// * names: a created, renamed or removed one is as before or as after. Changes of one name survive in their order,
///   otherwise in any. A file's sync says nothing about its name.
///
/// After a failed sync what was written counts as clean, as on Linux: it reads back, and no later sync makes it durable.
public final class SimulatedDisk: FileSystem {
  private struct Recording {
    var isOn = false
    var history: [SimulatedDisk] = []
  }

  /// A closure that is itself what a lock guards would be wrapped once more each time that somebody looks at it.
  private struct Failing {
    var failure: (@Sendable (DiskOperation) -> DiskFailure?)?
  }

  private let state: Locked<DiskState>
  private let recording = Locked(Recording())
  private let failing = Locked(Failing())
  /// The operation after which a disk from a `history` stands; nil for other disks.
  public let lastOperation: DiskOperation?

  /// An empty disk.
  /// - Parameters:
  ///   - capacity: how long all files together may become, in bytes; nil for no limit.
  ///   - keepsLostBytesCached: whether bytes that a failed sync lost are seen until the power fails; otherwise only until
  ///     their file is opened again. A system may do either, as memory is short or not.
  public convenience init(capacity: Int? = nil, keepsLostBytesCached: Bool = false) {
    self.init(DiskState(capacity: capacity, keepsLostBytesCached: keepsLostBytesCached))
  }

  init(_ state: DiskState, lastOperation: DiskOperation? = nil) {
    self.state = Locked(state)
    self.lastOperation = lastOperation
  }

  /// All of it at this moment.
  var snapshot: DiskState { state.withLock { $0 } }

  /// What it has done so far.
  public var counts: DiskCounts { state.withLock(\.counts) }

  /// The names of the files whose cache was to be forgotten, in that order.
  public var cachesForgotten: [String] { state.withLock(\.cachesForgotten) }

  /// How long all files together may become, in bytes.
  public var capacity: Int? { state.withLock(\.capacity) }

  /// Changes how long all files together may become.
  public func setCapacity(_ bytes: Int?) { state.withLock { $0.capacity = bytes } }

  /// Lets calls fail.
  /// - Parameter failure: asked before each operation, on the calling thread; nil lets it work.
  public func fail(_ failure: (@Sendable (DiskOperation) -> DiskFailure?)?) {
    failing.withLock { $0.failure = failure }
  }

  /// Lets one operation fail.
  /// - Parameters:
  ///   - number: which, counted from the disk's first change; see `DiskOperation.number`.
  ///   - failure: how.
  public func fail(operation number: Int, _ failure: DiskFailure) {
    fail { $0.isChange && $0.number == number ? failure : nil }
  }

  /// Keeps a snapshot after each change from now on.
  public func record() { recording.withLock { $0.isOn = true } }

  /// The disk after each change since `record` was called, oldest first. They share what they have in common.
  public var history: [SimulatedDisk] { recording.withLock(\.history) }

  /// Damages what is stored, behind everybody's back and for good.
  public func damage(_ damage: DiskDamage) { state.withLock { damage.apply(to: &$0) } }

  // MARK: FileSystem

  /// The names of all files.
  public func names() -> [String] { state.withLock { $0.names.keys.sorted() } }

  /// Opens a file.
  public func open(_ name: String, isWritable: Bool) throws(FileError) -> any File {
    let (_, failure) = begin(.open, name)
    return try perform(.open, name, failure) { state throws(FileError) in
      guard let file = state.names[name] else { throw FileError(operation: "open", name: name, code: ENOENT) }
      if !state.keepsLostBytesCached { state.files[file]?.forgetLost() }
      state.files[file]?.openCount += 1
      return SimulatedFile(name: name, file: file, isWritable: isWritable, disk: self)
    }
  }

  /// Creates a file.
  public func create(_ name: String) throws(FileError) -> any File {
    try change(.create, name) { state, number throws(FileError) in
      guard state.names[name] == nil else { throw FileError(operation: "create", name: name, code: EEXIST) }
      let file = state.create(name, operation: number)
      state.files[file]?.openCount += 1
      return SimulatedFile(name: name, file: file, isWritable: true, disk: self)
    }
  }

  /// Gives a file another name.
  public func rename(_ name: String, to other: String) throws(FileError) {
    try change(.rename, name) { state, number throws(FileError) in
      guard state.names[name] != nil else { throw FileError(operation: "rename", name: name, code: ENOENT) }
      if name != other { state.change(.rename(name, to: other), operation: number) }
    }
  }

  /// Takes a name away; who has the file open goes on with it.
  public func remove(_ name: String) throws(FileError) {
    try change(.remove, name) { state, number throws(FileError) in
      guard state.names[name] != nil else { throw FileError(operation: "remove", name: name, code: ENOENT) }
      state.change(.remove(name), operation: number)
    }
  }

  /// Makes names durable. One that fails changes nothing.
  public func syncFolder() throws(FileError) {
    try change(.syncFolder, "") { state, _ in
      state.counts.folderSyncs += 1
      state.syncFolder()
    }
  }

  // MARK: How an operation goes

  /// Counts a change, lets it fail or does it, and records what is there then.
  /// - Parameters:
  ///   - failed: what a failing one has done nevertheless.
  ///   - body: does it.
  func change<Result>(
    _ kind: DiskOperation.Kind, _ name: String,
    failed: (inout DiskState, _ number: Int, DiskFailure) -> Void = { _, _, _ in },
    _ body: (inout DiskState, _ number: Int) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    let (operation, failure) = begin(kind, name)
    defer { record(after: operation) }
    if let failure { state.withLock { failed(&$0, operation.number, failure) } }
    return try perform(kind, name, failure) { state throws(FileError) in try body(&state, operation.number) }
  }

  /// Lets an operation that changes nothing fail, or does it.
  func look<Result>(
    _ kind: DiskOperation.Kind, _ name: String, _ body: (inout DiskState) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    let (_, failure) = begin(kind, name)
    return try perform(kind, name, failure, body)
  }

  /// What needs neither a number nor can fail.
  func withState<Result>(_ body: (inout DiskState) -> Result) -> Result { state.withLock(body) }

  private func begin(_ kind: DiskOperation.Kind, _ name: String) -> (DiskOperation, DiskFailure?) {
    let operation = state.withLock { state in
      if kind != .open && kind != .read { state.counts.changes += 1 }
      return DiskOperation(kind: kind, name: name, number: state.counts.changes)
    }
    return (operation, failing.withLock(\.failure)?(operation))
  }

  private func perform<Result>(
    _ kind: DiskOperation.Kind, _ name: String, _ failure: DiskFailure?,
    _ body: (inout DiskState) throws(FileError) -> Result
  ) throws(FileError) -> Result {
    if let failure { throw FileError(operation: kind.rawValue, name: name, code: failure.code) }
    return try state.withLock { state throws(FileError) in try body(&state) }
  }

  private func record(after operation: DiskOperation) {
    guard recording.withLock(\.isOn) else { return }
    let disk = SimulatedDisk(snapshot, lastOperation: operation)
    recording.withLock { $0.history.append(disk) }
  }
}
