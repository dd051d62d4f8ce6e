/// What a master sends, built by hand from the layout that Sources/ReplicationCore/Wire/ReplicateRequest.swift and
/// Entry.swift document: so that these tests also hold the bytes on the wire.
enum DenseForm {
  static let contentType = "Content-Type: application/vnd.replog.replicate.v1"

  /// The body of a request.
  ///
  /// - Parameters:
  ///   - epoch: of the sender, and of the entries.
  ///   - startID: of the sender.
  ///   - previous: the offset before the first entry; that entry is taken to be of the same epoch.
  ///   - texts: the entries' texts; none for a heartbeat.
  static func request(epoch: UInt64, startID: UInt64 = 1, previous: UInt64 = 0, texts: [String] = []) -> [UInt8] {
    let url = Array("http://127.0.0.1:1".utf8)
    var bytes = Array("RLRQ".utf8) + little(UInt32(1)) + little(epoch) + little(startID) + little(previous)
    bytes += little(previous == 0 ? 0 : epoch) + little(UInt64(0)) + little(UInt64(texts.count))
    bytes += little(UInt16(url.count)) + url
    for (index, text) in texts.enumerated() {
      bytes += little(previous + UInt64(index) + 1) + little(epoch) + little(UInt64(0))
      bytes += little(UInt32(text.utf8.count)) + Array(text.utf8)
    }
    return bytes
  }

  /// Sends a request to a follower.
  static func post(_ body: [UInt8], port: Int) async throws -> HTTPMessage {
    try await RawSocket.exchange(port: port, "POST /replicate", [contentType], body: body)
  }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
