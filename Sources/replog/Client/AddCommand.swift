import ArgumentParser
import Glibc
import LogClient
import ReplicationCore

/// `replog add`: adds messages, and does not end before it knows what became of them, if that can be known in time.
struct AddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add messages, each once, and say what became of them.",
    discussion: """
      Lost answers, refused connections and passing errors are tried again until --timeout is over, with a key that makes \
      sure that nothing is added twice. Several texts are added together: all or none.

      With - as the only text, each line of the standard input is a message. --batch lines go together, whose key is that of \
      the command and their number: KEY:1, KEY:2 and so on. The same command with the same input, --batch and --key, run \
      again after it was broken off, adds what is missing and doubles nothing.

      Exits with 0 if committed: as many nodes as asked for hold all messages; 3 if pending: stored, and so many don't hold \
      them yet; 4 if not written; 5 if nobody could say, after all tries.
      """)

  @Argument(help: "The messages, or - for the lines of the standard input.")
  var texts: [String]

  @Option(
    name: [.customShort("w"), .long],
    help: "How many nodes must hold the messages: 1 or more, the master included, majority or all. (default: majority)",
    completion: WriteConcern.completion, transform: WriteConcern.read)
  var writeConcern: WriteConcern?

  @Option(
    help: "How long to try, in seconds, above 0, up to 3600; of standard input, each batch. (default: 30)",
    transform: Seconds.reading("above 0, up to 3600"))
  var timeout = Seconds(.seconds(30))

  @Option(help: "A name that no other addition has, 1 to 255 visible ASCII characters. (default: a random one)")
  var key: String?

  @Option(help: "How many lines of the standard input go together, 1 to 10000.")
  var batch = 1000

  @OptionGroup var client: ClientOptions

  /// A batch's key has its number behind it.
  private static let numberBytesMax = 20

  private var isFromInput: Bool { texts == ["-"] }

  func validate() throws {
    guard timeout.interval > .zero, timeout.interval <= .seconds(3600) else {
      throw ValidationError("--timeout must be above 0, up to 3600 seconds")
    }
    try NodeOptions.check(batch, in: 1...LineBatches.linesMaxLimit, "--batch")
    try NodeOptions.check(texts.count, in: 1...LineBatches.linesMaxLimit, "The number of messages")
    if texts.contains("-"), !isFromInput {
      throw ValidationError("- stands for the lines of the standard input and must be the only text")
    }
    guard CommandLine.areArgumentsUTF8 else {
      throw ValidationError("The arguments must be UTF-8, as every message is")
    }
    let keyBytesMax = Addition.keyBytesMax - (isFromInput ? Self.numberBytesMax : 0)
    guard key.map({ Addition.isKey($0) && $0.utf8.count <= keyBytesMax }) ?? true else {
      throw ValidationError("--key must be 1 to \(keyBytesMax) visible ASCII characters, without spaces")
    }
  }

  func run() async throws {
    let key = key ?? Addition.randomKey()
    let limit = timeout.interval.duration
    let repetition = Self.repetition(key: key)
    try await client.withLog { log in
      guard !isFromInput else {
        let lines = LineImport(
          log: log, key: key, writeConcern: writeConcern, limit: limit, linesMax: batch, isJSON: client.json,
          repetition: repetition)
        return try await Interruption.telling(lines.interrupted) { try await lines.run() }
      }
      let addition = Addition(texts.map { Array($0.utf8) }, key: key, writeConcern: writeConcern)
      let known = "unknown whether it was written; to find out, and add it if it was not: \(repetition)"
      let result = await Interruption.telling({ known }) { await log.add(addition, within: limit) }
      let place = result.place(writeConcern)
      let isCommitted = result.outcome == .committed
      do {
        if client.json { try StandardOutput.tell(result.json) } else if isCommitted { try StandardOutput.tell(place) }
      } catch {
        // Of anything else the line and status below tell more.
        if isCommitted { throw CommandFailure(error, insteadOf: place) }
      }
      guard isCommitted else {
        throw CommandFailure(result.outcome, result.explanation(repetition: repetition))
      }
    }
  }

  /// What to type to find out: the same command with its key.
  private static func repetition(key: String) -> String {
    var words = Array(CommandLine.arguments.dropFirst())
    let options = words.prefix { $0 != "--" }
    if !options.contains(where: { $0 == "--key" || $0.hasPrefix("--key=") }) {
      words.insert(contentsOf: ["--key", key], at: min(1, words.count))
    }
    let line = (["replog"] + words).map(shellWord).joined(separator: " ")
    return line.utf8.count <= 1024 ? line : "the same command with --key \(shellWord(key))"
  }

  /// One word of a POSIX shell.
  private static func shellWord(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        let character = Character(UnicodeScalar(byte))
        return byte < 0x80 && (character.isLetter || character.isNumber || "-_./:=,+@%".contains(character))
      }
    if isPlain { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }
}

extension CommandLine {
  /// Whether the process got UTF-8; `arguments` has it mended.
  fileprivate static var areArgumentsUTF8: Bool {
    (0..<Int(argc)).allSatisfy { index in
      unsafeArgv[index].map { String(validatingCString: $0) != nil } ?? true
    }
  }
}
