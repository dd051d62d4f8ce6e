internal import LogStorage

/// All of a simulated disk as one value: a copy is a snapshot.
struct DiskState: Sendable {
  /// By number; a file may have no name, or none that is durable.
  var files: [Int: StoredFile] = [:]
  /// What the folder reads as.
  var names: [String: Int] = [:]
  /// What of the folder survives any power loss, before `nameChanges`.
  var durableNames: [String: Int] = [:]
  /// In the order in which they were made.
  var nameChanges: [NameChange] = []
  var nextFile = 1
  /// How long all files together may become, in bytes.
  var capacity: Int?
  /// Whether the bytes that a failed sync lost are seen until the power fails, or only until the file is opened again.
  var keepsLostBytesCached = false
  var counts = DiskCounts()
  /// The names of files whose cache was to be forgotten, in that order.
  var cachesForgotten: [String] = []

  /// How many bytes may still be added.
  var free: Int {
    guard let capacity else { return .max }
    return capacity - files.values.reduce(0) { $0 + $1.cached.count }
  }

  mutating func create(_ name: String, operation: Int) -> Int {
    let file = nextFile
    nextFile += 1
    files[file] = StoredFile()
    change(.create(name, file: file), operation: operation)
    return file
  }

  mutating func change(_ kind: NameChange.Kind, operation: Int) {
    let change = NameChange(kind: kind, operation: operation)
    change.apply(to: &names)
    nameChanges.append(change)
    forgetUnreachable()
  }

  mutating func syncFolder() {
    durableNames = names
    nameChanges = []
    forgetUnreachable()
  }

  /// The same disk when all processes are gone and the computer goes on.
  func killed() -> DiskState {
    var state = self
    for file in state.files.keys {
      state.files[file]?.openCount = 0
      if !keepsLostBytesCached { state.files[file]?.forgetLost() }
    }
    state.forgetUnreachable()
    return state
  }

  /// Files that no name leads to, nor can after a power loss, and that nobody has open, are gone.
  mutating func forgetUnreachable() {
    var reachable = Set(names.values)
    reachable.formUnion(durableNames.values)
    for case .create(_, let file) in nameChanges.map(\.kind) { reachable.insert(file) }
    files = files.filter { reachable.contains($0.key) || $0.value.openCount > 0 }
  }
}
