/// Why a log takes no entry. Nothing has changed: no offset is used up.
public enum LogRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no space on the disk; the log goes on by itself when there is.
  case full(bytesNeeded: Int)
  /// So many bytes wait for their first sync that no more may.
  case busy(bytesMax: Int)
  /// Writing, syncing or opening failed; the log tries to go on by itself.
  case failing(String)
  /// The log is damaged in the middle and can't be continued.
  case damaged(LogDamage)

  /// One line for people.
  public var description: String {
    switch self {
    case .full(let bytes): "the disk is full, \(bytes) bytes are needed"
    case .busy(let limit): "too much waits for the disk, at most \(limit) bytes may"
    case .failing(let reason): "the disk fails: \(reason)"
    case .damaged(let damage): "the log is \(damage)"
    }
  }
}

/// Why entries can't be read.
public enum LogReadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Entries were taken out while somebody read: what was read so far and what comes next do not belong together.
  case reset
  /// What lies there is not what was written.
  case damaged(LogDamage)

  /// One line for people.
  public var description: String {
    switch self {
    case .reset: "entries were taken out of the log meanwhile"
    case .damaged(let damage): "the log is \(damage)"
    }
  }
}

/// A place where what lies on the disk is not what was written.
public struct LogDamage: Hashable, Sendable, CustomStringConvertible {
  /// The file's name, without its folder.
  public let file: String
  /// Where in the file it begins, in bytes.
  public let position: Int
  /// The first offset that can't be read; what comes before it is whole.
  public let offset: Offset
  /// What is wrong, in words.
  public let reason: String

  /// - Parameters:
  ///   - file: the file's name.
  ///   - position: in bytes from its beginning.
  ///   - offset: the first that can't be read.
  ///   - reason: what is wrong.
  public init(file: String, position: Int, offset: Offset, reason: String) {
    self.file = file
    self.position = position
    self.offset = offset
    self.reason = reason
  }

  /// One line for people.
  public var description: String { "damaged at offset \(offset) (\(file), byte \(position)): \(reason)" }
}

/// What is wrong with a log as a whole.
public enum LogTrouble: Hashable, Sendable, CustomStringConvertible {
  /// There is no space on the disk.
  case full
  /// Writing or syncing failed: what follows the durable end is only in memory, until the log can go on.
  case failing(String)
  /// It is damaged in the middle.
  case damaged(LogDamage)

  /// One line for people.
  public var description: String {
    switch self {
    case .full: "the disk is full"
    case .failing(let reason): "the disk fails: \(reason)"
    case .damaged(let damage): "the log is \(damage)"
    }
  }
}
