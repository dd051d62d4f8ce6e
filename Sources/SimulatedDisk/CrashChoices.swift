/// All that a power loss decides about a disk: of each unsynced piece, whether it survives.
struct CrashChoices {
  /// What is kept or lost as a whole.
  enum Piece: Hashable {
    /// A sector of a write, or a change of length.
    case file(Int, change: Int, piece: Int)
    /// A change of the folder.
    case name(Int)
  }

  private let state: DiskState
  /// In the order of the operations they belong to, and within one in the order of positions.
  private let pieces: [Piece]
  /// Which pieces each operation consists of, in order.
  let operations: [Range<Int>]
  private let changedFiles: Set<Int>

  /// How many things there are to decide.
  var count: Int { pieces.count }

  init(_ state: DiskState) {
    self.state = state
    var found: [(operation: Int, piece: Piece)] = []
    for (number, file) in state.files.sorted(by: { $0.key < $1.key }) {
      for (index, change) in file.changes.enumerated() where change.fate != .synced {
        found += (0..<change.pieces).map { (change.operation, .file(number, change: index, piece: $0)) }
      }
    }
    found += state.nameChanges.enumerated().map { ($0.element.operation, .name($0.offset)) }
    // Stable: equal operations stay in their order.
    let order = found.indices.sorted { (found[$0].operation, $0) < (found[$1].operation, $1) }
    pieces = order.map { found[$0].piece }
    var operations: [Range<Int>] = []
    var begin = 0
    for index in order.indices {
      if index + 1 < order.count, found[order[index]].operation == found[order[index + 1]].operation { continue }
      operations.append(begin..<index + 1)
      begin = index + 1
    }
    self.operations = operations
    changedFiles = Set(state.files.filter { !$0.value.changes.isEmpty }.keys)
  }

  /// The disk on which only some pieces survived.
  /// - Parameter kept: for each piece whether it is kept; a change of a name is lost with an earlier one of the same name.
  func disk(keeping kept: [Bool]) -> DiskState {
    let survivors = Set(zip(pieces, kept).lazy.filter(\.1).map(\.0))
    var disk = state.killed()
    disk.names = survivingNames(survivors)
    disk.durableNames = disk.names
    disk.nameChanges = []
    for file in changedFiles {
      disk.files[file] = state.files[file]?.afterPowerLoss { survivors.contains(.file(file, change: $0, piece: $1)) }
    }
    disk.forgetUnreachable()
    return disk
  }

  /// What tells two disks made from this state apart.
  func fingerprint(of disk: DiskState) -> Int {
    var hasher = Hasher()
    for (name, file) in disk.names.sorted(by: { $0.key < $1.key }) {
      hasher.combine(name)
      hasher.combine(file)
      if changedFiles.contains(file) { disk.files[file]?.durable.hash(into: &hasher) }
    }
    return hasher.finalize()
  }

  private func survivingNames(_ survivors: Set<Piece>) -> [String: Int] {
    var names = state.durableNames
    var undone: Set<String> = []
    for (index, change) in state.nameChanges.enumerated() {
      if survivors.contains(.name(index)), undone.isDisjoint(with: change.names) {
        change.apply(to: &names)
      } else {
        undone.formUnion(change.names)
      }
    }
    return names
  }
}

extension CrashChoices {
  /// Every choice there is.
  var all: [[Bool]] {
    (0..<(1 << count)).map { bits in (0..<count).map { bits >> $0 & 1 == 1 } }
  }

  /// The choices in which mistakes show most: nothing, everything, all up to some operation, all but one, just one, all
  /// lengths without the bytes and the other way round, and the last operations torn at each place.
  var corners: [[Bool]] {
    let nothing = [Bool](repeating: false, count: count)
    let everything = [Bool](repeating: true, count: count)
    var found = [nothing, everything]
    func kept(_ range: Range<Int>, of base: [Bool], _ value: Bool) -> [Bool] {
      var choice = base
      for index in range { choice[index] = value }
      return choice
    }
    for operation in operations {
      found.append(kept(0..<operation.lowerBound, of: nothing, true))
      found.append(kept(operation, of: nothing, true))
      found.append(kept(operation, of: everything, false))
    }
    let lengths = pieces.map { piece in
      guard case .file(let file, let change, _) = piece else { return true }
      if case .write = state.files[file]?.changes[change].kind { return false }
      return true
    }
    found.append(lengths)
    found.append(lengths.map { !$0 })
    for operation in operations.suffix(3) {
      for index in operation.dropFirst().prefix(Self.tearsMax) {
        found.append(kept(0..<index, of: nothing, true))
        found.append(kept(index..<index + 1, of: everything, false))
        found.append(kept(index..<operation.upperBound, of: everything, false))
        found.append(kept(operation.lowerBound..<index, of: everything, false))
      }
    }
    return found
  }

  /// Some choice: how much survives is drawn anew each time.
  func random(using generator: inout some RandomNumberGenerator) -> [Bool] {
    let share = Double.random(in: 0...1, using: &generator)
    var choice: [Bool] = []
    for operation in operations {
      // Half of the operations stay whole, so that not all of them are torn.
      let isTorn = Bool.random(using: &generator)
      let isKept = Double.random(in: 0..<1, using: &generator) < share
      choice += operation.map { _ in isTorn ? Double.random(in: 0..<1, using: &generator) < share : isKept }
    }
    return choice
  }

  private static var tearsMax: Int { 64 }
}
