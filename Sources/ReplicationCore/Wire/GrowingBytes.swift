/// Memory that is filled from its beginning to its end. What was written is never changed, so that it can be read while more is
/// written behind it, and handed on without a copy.
///
/// Thread rule: one writer at a time, under a lock of its own. Who was told of bytes under that lock reads them without it, for as
/// long as it holds them (`SharedBytes`): a writer only touches what nobody was told of yet. That is why it is `@unchecked
/// Sendable`.
public final class GrowingBytes: @unchecked Sendable {
  @usableFromInline let memory: UnsafeMutableRawBufferPointer
  /// How many bytes were written.
  @inlinable public var count: Int { written }
  /// The writer's lock excludes others: no other check is needed, and one would be made for each entry.
  @exclusivity(unchecked) @usableFromInline var written = 0

  /// - Parameter capacity: how many bytes there will be at most.
  public init(capacity: Int) {
    memory = .allocate(byteCount: capacity, alignment: MemoryLayout<UInt64>.alignment)
  }

  deinit {
    memory.deallocate()
  }

  /// How many bytes can still be written.
  @inlinable public var room: Int { memory.count - count }

  /// Writes the next bytes.
  /// - Parameters:
  ///   - size: how many, at most `room`.
  ///   - write: is given the memory and must fill all of it.
  /// - Throws: what `write` throws: then they are still to be written.
  @inlinable
  public func append<Result, Failure: Error>(
    _ size: Int, _ write: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(size <= room, "\(size) bytes where \(room) find room")
    let result = try write(UnsafeMutableRawBufferPointer(rebasing: memory[written..<written + size]))
    written += size
    return result
  }

  /// For `SharedBytes`: the bytes of a part that was written.
  @usableFromInline func bytes(in part: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[part])
  }
}
