public import HTTPClient
import LogStorage
import ReplicationCore

/// `replog recover`: brings a node's log back from other nodes: the longest log found takes the place of what is in the folder,
/// and that is set aside.
public struct LogRecovery {
  /// The nodes to ask, by URL.
  public let urls: [String]
  /// The folder of the node that is to be recovered; its node must not run.
  public let path: String
  /// To ask with; stays the caller's.
  public let client: Client
  /// Takes what a person should know on the way, one line each.
  public let tell: (String) -> Void

  /// - Parameters:
  ///   - urls: of the nodes that hold the log, at least one.
  ///   - path: the folder.
  ///   - client: to ask with.
  ///   - tell: takes lines for people.
  public init(urls: [String], path: String, client: Client, tell: @escaping (String) -> Void) {
    self.urls = urls
    self.path = path
    self.client = client
    self.tell = tell
  }

  private static let timeout = Duration.seconds(10)

  fileprivate struct Source {
    let url: String
    let head: FetchAnswer
    /// The highest that any of the nodes has given.
    var promise: Mastership
  }

  /// Recovers.
  /// - Throws: `RecoveryError` where the nodes don't have what is needed, `StorageError` where the folder can't be used. The
  ///   folder's log is then as it was.
  public func run() async throws {
    let files = try SystemFileSystem.open(path)
    let source = try await chooseSource()
    let log = try DiskLog.open(
      in: try SystemFileSystem.open(try FolderReplacement.begin(in: path)), options: DiskLogOptions())
    defer { log.close() }
    // Interrupted recoveries may have set aside what was only here.
    let own = [files] + (try FolderReplacement.asides(in: files).map { try .openForReading("\(path)/\($0)") })
    let promises = [source.promise] + own.compactMap { FolderReplacement.promise(in: $0) }
    let promise = promises.max { $0.epoch < $1.epoch } ?? source.promise
    try log.setIdentity(LogIdentity(log: source.head.log, promise: promise))
    try await copy(from: source, into: log)
    for folder in own { try copyOwnRest(from: folder, into: log) }
    log.noteCommit(min(source.head.commitKnown, log.end.last))
    try commit(log)
    let end = log.end.durablePoint
    log.close()
    let aside = try FolderReplacement.finish(in: path, files)
    tell("the log in \(path) ends at \(end.offset), hash \(String(end.hash, radix: 16))")
    tell(aside.map { "what was there is in \(path)/\($0)" } ?? "nothing was there before")
  }

  /// The later epoch wins, as everywhere; within one epoch the longer log holds the shorter one.
  private func chooseSource() async throws -> Source {
    var sources: [Source] = []
    for url in urls {
      let question = FetchRequest(log: .none, after: .zero, bytesMax: 0)
      do throws(Fetcher.Failure) {
        let head = try await Fetcher(client: client).ask(url, question, timeout: Self.timeout)
        tell("\(url) holds \(head.end.offset) entries of log \(head.log), the last of epoch \(head.end.epoch)")
        if head.end.offset > .zero { sources.append(Source(url: url, head: head, promise: head.promise)) }
      } catch {
        tell("\(url) does not answer: \(error.reason)")
      }
    }
    guard var best = sources.max(by: { $0.end < $1.end }) else { throw RecoveryError.nothingFound }
    if let other = sources.first(where: { $0.head.log != best.head.log }) {
      throw RecoveryError.severalLogs(other.url, best.url)
    }
    best.promise = sources.map(\.promise).max { $0.epoch < $1.epoch } ?? best.promise
    tell("copying from \(best.url)")
    return best
  }

  private func copy(from source: Source, into log: DiskLog) async throws {
    while log.end.last < source.head.end.offset {
      let question = FetchRequest(
        log: source.head.log, after: log.end.last, bytesMax: UInt64(FetchAnswering.bytesMax))
      let answer: FetchAnswer
      do throws(Fetcher.Failure) {
        answer = try await Fetcher(client: client).ask(source.url, question, timeout: Self.timeout)
      } catch {
        throw RecoveryError.brokenOff(source.url, error.reason)
      }
      guard answer.log == source.head.log, answer.point == log.end.lastPoint, !answer.entries.isEmpty else {
        throw RecoveryError.brokenOff(source.url, "its log has changed")
      }
      try log.append(answer.entries)
      try commit(log)
    }
  }

  /// What this folder's own log holds beyond the copy and continues it, entry by entry: messages that were only here. What was
  /// damaged lies before them, or ends them.
  private func copyOwnRest(from files: SystemFileSystem, into log: DiskLog) throws {
    let copied = log.end.last
    var failure: (any Error)?
    var uncommitted = 0
    let unreadable = try Salvage.entries(after: log.end.lastPoint, in: files) { entry in
      do {
        try log.append(EntryRun(first: entry.offset, last: entry.offset, bytes: Array(entry.bytes)))
        uncommitted += entry.encodedBytes
        if uncommitted >= Self.bytesPerCommit {
          try commit(log)
          uncommitted = 0
        }
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
    for name in unreadable { tell("\(files.path)/\(name) can't be read to its end") }
    if log.end.last > copied { tell("this folder's own log continues it to \(log.end.last)") }
  }

  private static let bytesPerCommit = 4 << 20

  private func commit(_ log: DiskLog) throws {
    log.sync()
    while log.end.durable < log.end.last {
      _ = log.commitOnce()
      if let trouble = log.trouble { throw RecoveryError.cannotWrite(trouble) }
    }
  }
}

extension LogRecovery.Source {
  fileprivate var end: (UInt64, UInt64) { (head.end.epoch.rawValue, head.end.offset.rawValue) }
}
