internal import ReplicationCore

/// Who a node is, which log it holds and what it has promised: the one small record that a node can't do without.
struct NodeRecord: Hashable, Sendable {
  /// The node.
  let node: NodeID
  /// Its log and its promise.
  let identity: LogIdentity
  /// Counts the times that the record was written; the higher one is valid.
  let generation: UInt64

  private static let magic: StaticString = "rlog-nod"
  private static let version: UInt32 = 1

  /// - Parameters:
  ///   - node: the node.
  ///   - identity: its log and its promise.
  ///   - generation: above that of the record before.
  init(node: NodeID, identity: LogIdentity, generation: UInt64) {
    self.node = node
    self.identity = identity
    self.generation = generation
  }

  /// Takes a record apart.
  /// - Parameter file: all of a node file.
  init(decoding file: [UInt8]) throws(FormatError) {
    let fields = try Block.decode(file, magic: Self.magic, version: Self.version, count: 7)
    guard file.count == Block.bytes else { throw .invalid("something follows the record") }
    guard fields[0] < .max else { throw .invalid("no record can follow its generation") }
    let promise = Mastership(epoch: Epoch(fields[5]), startID: fields[6])
    self.init(
      node: NodeID(high: fields[1], low: fields[2]),
      identity: LogIdentity(log: LogID(high: fields[3], low: fields[4]), promise: promise), generation: fields[0])
  }

  /// The bytes of a node file.
  func encoded() -> [UInt8] {
    Block.encode(
      magic: Self.magic, version: Self.version,
      fields: [
        generation, node.high, node.low, identity.log.high, identity.log.low, identity.promise.epoch.rawValue,
        identity.promise.startID,
      ])
  }
}
