/// Reads little-endian numbers from bytes that another node sent. Never reads past the end: it throws instead.
struct ByteReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  var remaining: Int { bytes.count - position }

  mutating func read<Number: FixedWidthInteger>(_: Number.Type) throws(WireError) -> Number {
    let size = MemoryLayout<Number>.size
    guard remaining >= size else { throw .truncated }
    defer { position += size }
    return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Number.self))
  }

  mutating func read(count: Int) throws(WireError) -> UnsafeRawBufferPointer {
    guard count >= 0, remaining >= count else { throw .truncated }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }
}

extension [UInt8] {
  /// Appends a number in little-endian order.
  mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  /// `withUnsafeBytes` that keeps the type of the error, which the standard library's does not.
  func reading<Result>(_ body: (inout ByteReader) throws(WireError) -> Result) throws(WireError) -> Result {
    let result: Swift.Result<Result, WireError> = withUnsafeBytes { raw in
      var reader = ByteReader(raw)
      do throws(WireError) {
        return .success(try body(&reader))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
