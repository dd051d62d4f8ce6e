/// How the words that several messages share lie in them: all numbers little-endian, one after the other.
extension ByteReader {
  /// What a message begins with: four letters and the version of its form.
  mutating func readHead(_ magic: [UInt8], version expected: UInt32) throws(WireError) {
    guard try read(count: 4).elementsEqual(magic) else { throw .notThisFormat }
    let version = try read(UInt32.self)
    guard version == expected else { throw .unknownVersion(UInt16(truncatingIfNeeded: version)) }
  }

  /// An offset near the end of its range would overflow in "last + 1"; no log ever holds it.
  mutating func readOffset() throws(WireError) -> Offset {
    let number = try read(UInt64.self)
    guard number < UInt64.max >> 1 else { throw .invalid("offset \(number)") }
    return Offset(number)
  }

  mutating func readMastership() throws(WireError) -> Mastership {
    Mastership(epoch: Epoch(try read(UInt64.self)), startID: try read(UInt64.self))
  }

  mutating func readIdentity() throws(WireError) -> NodeIdentity {
    NodeIdentity(
      node: NodeID(high: try read(UInt64.self), low: try read(UInt64.self)), incarnation: try read(UInt64.self))
  }

  mutating func readLogID() throws(WireError) -> LogID {
    LogID(high: try read(UInt64.self), low: try read(UInt64.self))
  }

  /// - Parameter log: whose point it is; at zero there is but one.
  mutating func readPoint(of log: LogID) throws(WireError) -> LogPoint {
    let point = LogPoint(offset: try readOffset(), epoch: Epoch(try read(UInt64.self)), hash: try read(UInt64.self))
    guard point.offset > .zero || point == LogPoint(beginning: log) else {
      throw .invalid("\(point) is not the beginning of log \(log)")
    }
    return point
  }
}

extension [UInt8] {
  mutating func append(head magic: [UInt8], version: UInt32) {
    append(contentsOf: magic)
    append(littleEndian: version)
  }

  mutating func append(_ mastership: Mastership) {
    append(littleEndian: mastership.epoch.rawValue)
    append(littleEndian: mastership.startID)
  }

  mutating func append(_ identity: NodeIdentity) {
    append(littleEndian: identity.node.high)
    append(littleEndian: identity.node.low)
    append(littleEndian: identity.incarnation)
  }

  mutating func append(_ log: LogID) {
    append(littleEndian: log.high)
    append(littleEndian: log.low)
  }

  mutating func append(_ point: LogPoint) {
    append(littleEndian: point.offset.rawValue)
    append(littleEndian: point.epoch.rawValue)
    append(littleEndian: point.hash)
  }
}
