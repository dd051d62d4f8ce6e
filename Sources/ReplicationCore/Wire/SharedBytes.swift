/// Bytes that nobody changes any more: a part of memory that all who hold it share, so that handing it on copies nothing.
///
/// They lie in an array, the body of a request for example, or in memory that goes on growing behind them.
public struct SharedBytes: Sendable {
  @usableFromInline enum Memory: Sendable {
    case array([UInt8])
    case growing(GrowingBytes)
  }

  @usableFromInline let memory: Memory
  @usableFromInline var part: Range<Int>

  /// All bytes of an array.
  public init(_ array: [UInt8]) {
    memory = .array(array)
    part = 0..<array.count
  }

  /// All bytes that were written so far.
  public init(_ growing: GrowingBytes) {
    memory = .growing(growing)
    part = 0..<growing.count
  }

  /// No bytes yet: those that are written next into `growing`. See `grow`.
  public init(endOf growing: GrowingBytes) {
    memory = .growing(growing)
    part = growing.count..<growing.count
  }

  /// How many there are.
  @inlinable public var count: Int { part.count }

  /// Whether there is none.
  public var isEmpty: Bool { part.isEmpty }

  /// A part of them; positions count from 0 in what this is called on.
  public subscript(_ positions: Range<Int>) -> SharedBytes {
    precondition(positions.lowerBound >= 0 && positions.upperBound <= count, "\(positions) of \(count) bytes")
    var bytes = self
    bytes.part = part.lowerBound + positions.lowerBound..<part.lowerBound + positions.upperBound
    return bytes
  }

  /// All from a position on; see the subscript with a range.
  public subscript(_ positions: PartialRangeFrom<Int>) -> SharedBytes { self[positions.lowerBound..<count] }

  /// Calls `body` with the bytes, which are valid until it returns.
  @inlinable
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch memory {
    case .array(let array):
      return try array.span.withUnsafeBytes { (raw) throws(Failure) in
        try body(UnsafeRawBufferPointer(rebasing: raw[part]))
      }
    case .growing(let growing):
      // Whoever holds them holds the memory, and it is not let go of before the call ends.
      return try withExtendedLifetime(growing) { () throws(Failure) in try body(growing.bytes(in: part)) }
    }
  }

  // MARK: For whoever writes into memory that grows, under the writer's lock

  /// Whether what is written next into `growing` comes right behind these bytes.
  @inlinable
  public func isFollowed(by growing: GrowingBytes) -> Bool {
    if case .growing(let own) = memory { own === growing && part.upperBound == growing.count } else { false }
  }

  /// Takes in all that was written behind these bytes into the memory that they lie in.
  public mutating func grow() {
    guard case .growing(let growing) = memory else { preconditionFailure("an array doesn't grow") }
    part = part.lowerBound..<growing.count
  }

  /// Lets go of the last bytes: what is written next doesn't come right behind the rest.
  /// - Parameter count: how many stay.
  public mutating func cut(to count: Int) { self = self[0..<count] }
}

extension SharedBytes: Hashable {
  /// Whether they are the same bytes, wherever they lie.
  public static func == (left: SharedBytes, right: SharedBytes) -> Bool {
    left.count == right.count && Array(left) == Array(right)
  }

  /// By the bytes alone.
  public func hash(into hasher: inout Hasher) { withUnsafeBytes { hasher.combine(bytes: $0) } }
}

extension [UInt8] {
  /// A copy of `bytes`.
  public init(_ bytes: SharedBytes) { self = bytes.withUnsafeBytes { Array($0) } }

  /// Appends a copy of `bytes`.
  public mutating func append(contentsOf bytes: SharedBytes) {
    bytes.withUnsafeBytes { append(contentsOf: $0) }
  }
}
