/// One call to a simulated disk.
public struct DiskOperation: Hashable, Sendable, CustomStringConvertible {
  /// What is called.
  public enum Kind: String, Hashable, Sendable {
    /// Changes nothing.
    case open, read
    /// Changes names, or makes them durable.
    case create, rename, remove, syncFolder = "sync of the folder"
    /// Changes a file, or makes it durable.
    case write, reserve, truncate, sync
  }

  /// What is called.
  public let kind: Kind
  /// The file's name when it was opened; the old one of a rename; empty for the folder.
  public let name: String
  /// How many operations that change something or make it durable were called up to this one, itself included.
  public let number: Int

  /// Whether it changes something or makes it durable: only such ones are counted, recorded and have a number of their own.
  public var isChange: Bool { kind != .open && kind != .read }

  /// For people.
  public var description: String { "\(number): \(kind.rawValue)\(name.isEmpty ? "" : " " + name)" }
}

/// How an operation fails.
public struct DiskFailure: Hashable, Sendable {
  /// `errno`.
  public let code: Int32
  /// How many bytes a failing write has written nevertheless.
  public let bytesWritten: Int

  /// - Parameters:
  ///   - code: `errno`.
  ///   - bytesWritten: how many bytes a failing write has written nevertheless.
  public init(_ code: Int32, bytesWritten: Int = 0) {
    self.code = code
    self.bytesWritten = bytesWritten
  }
}

/// What a simulated disk has done so far.
public struct DiskCounts: Hashable, Sendable {
  /// Operations that changed something or made it durable, failed ones included.
  public internal(set) var changes = 0
  /// Syncs of files.
  public internal(set) var syncs = 0
  /// Syncs of the folder.
  public internal(set) var folderSyncs = 0
  /// Bytes read.
  public internal(set) var bytesRead = 0
  /// Bytes written.
  public internal(set) var bytesWritten = 0
}
