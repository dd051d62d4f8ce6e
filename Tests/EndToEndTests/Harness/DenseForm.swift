/// What a master sends, built by hand from the layout that Sources/ReplicationCore/Wire/ReplicateRequest.swift and
/// Entry.swift document: so that these tests also hold the bytes on the wire.
enum DenseForm {
  static let contentType = "Content-Type: application/vnd.replog.replicate.v2"

  /// A place in a history: the running hash says that all entries before it are the same.
  struct Point {
    var offset: UInt64 = 0
    var epoch: UInt64 = 0
    var hash: UInt64

    /// Before the first entry of the log with the id 0…1.
    static let beginning = Point(hash: Hash64.hash(1, seed: 0))

    fileprivate var bytes: [UInt8] {
      LittleEndian.bytes(offset) + LittleEndian.bytes(epoch) + LittleEndian.bytes(hash)
    }
  }

  /// The body of a request of the master of the log with the id 0…1.
  ///
  /// - Parameters:
  ///   - epoch: of the sender, and of the entries.
  ///   - startID: of the sender.
  ///   - previous: the point before the first entry.
  ///   - texts: the entries' texts; none for a heartbeat.
  static func request(
    epoch: UInt64, startID: UInt64 = 1, previous: Point = .beginning, texts: [String] = []
  ) -> [UInt8] {
    let url = Array("http://127.0.0.1:1".utf8)
    var bytes = Array("RLRQ".utf8) + LittleEndian.bytes(UInt32(2)) + LittleEndian.bytes(epoch)
    bytes += LittleEndian.bytes(startID) + LittleEndian.bytes(UInt64(0)) + LittleEndian.bytes(UInt64(1))
    bytes += previous.bytes + LittleEndian.bytes(UInt64(0)) + LittleEndian.bytes(UInt64(texts.count))
    bytes += LittleEndian.bytes(UInt16(url.count)) + url
    var point = previous
    for text in texts { bytes += entry(text, epoch: epoch, after: &point) }
    return bytes
  }

  /// The bytes of one entry.
  /// - Parameter point: the point before it, and then its own.
  static func entry(_ text: String, epoch: UInt64, after point: inout Point) -> [UInt8] {
    var rest = LittleEndian.bytes(UInt32(text.utf8.count)) + [0, 1, 0, 0]
    rest += LittleEndian.bytes(point.offset + 1) + LittleEndian.bytes(epoch) + LittleEndian.bytes(UInt64(0))
    rest += Array(text.utf8)
    let digest = Hash64.hash(rest)
    point = Point(offset: point.offset + 1, epoch: epoch, hash: Hash64.hash(point.hash, seed: digest))
    return LittleEndian.bytes(Hash64.hash(point.hash, seed: ~digest)) + LittleEndian.bytes(point.hash) + rest
  }

  /// Sends a request to a follower.
  static func post(_ body: [UInt8], port: Int) async throws -> HTTPMessage {
    try await RawSocket.exchange(port: port, "POST /replicate", [contentType], body: body)
  }
}
