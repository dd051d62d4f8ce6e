import ArgumentParser
import LogService
import LogStorage
import ReplicationCore

/// `replog dump DIR`: what a node's log holds.
struct DumpCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump",
    abstract: "Show the entries of a node's log, or of a file that was set aside. Only reads.",
    discussion: "Ends with an error at damage, after all that is whole before it.")

  @Argument(help: "The folder of the node's log, or one aside-….log file in it.", completion: .file())
  var path: String

  @Option(help: "The first offset to show, 1 or more.")
  var from: UInt64 = 1

  @Option(help: "How many entries to show, 1 or more. (default: all)")
  var limit: UInt64?

  @Flag(help: "One JSON object per line: offset, epoch, time (milliseconds since 1970), text.")
  var json = false

  func validate() throws {
    guard from >= 1 else { throw ValidationError("--from is 0; the first offset is 1") }
    if limit == 0 { throw ValidationError("--limit is 0; it must be 1 or more") }
  }

  func run() throws {
    let output = StandardOutput()
    let show: (EntryView) -> Bool = { entry in
      guard entry.kind == .message else { return true }
      return output.write(json ? EntryText.json(entry) : EntryText.plain(entry))
    }
    // What is whole is shown before the error that ends it.
    defer { output.flush() }
    try read(show)
    try output.finish()
  }

  private func read(_ show: (EntryView) -> Bool) throws {
    if path.hasSuffix(".log") {
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      let folder = parts.dropLast().joined(separator: "/")
      let files = try SystemFileSystem.openForReading(parts.count == 1 ? "." : folder.isEmpty ? "/" : folder)
      try Dump.file(String(parts[parts.count - 1]), in: files, from: Offset(from), limit: limit, show)
    } else {
      try LogFolder.read(path) { try Dump.folder($0, from: Offset(from), limit: limit, show) }
    }
  }
}
