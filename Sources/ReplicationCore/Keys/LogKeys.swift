/// The keys of a log's entries up to a point. Any log that has the point has these keys: they follow from its history alone.
public struct LogKeys: Sendable, Equatable {
  /// Where they are.
  public var index: KeyIndex
  /// The last entry that was looked at, or the beginning.
  public var point: LogPoint

  /// - Parameters:
  ///   - index: of all entries up to `point` and no others.
  ///   - point: of the log.
  public init(index: KeyIndex, point: LogPoint) {
    self.index = index
    self.point = point
  }
}
