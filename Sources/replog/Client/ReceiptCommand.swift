import ArgumentParser
import JSON
import LogClient
import ReplicationCore

/// `replog receipt`: one message, and who holds it.
struct ReceiptCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receipt",
    abstract: "Show one message, where it is and who holds it; or wait until enough nodes do.",
    discussion: """
      Exits with 0 if the message is there and, with -w, held by as many nodes; 3 if not yet by so many; 4 if there is no message \
      at the offset, or -w is more than there are nodes; 5 if no node could say.
      """)

  @Argument(help: "The message's offset, 1 or more.", transform: Self.readOffset)
  var offset: UInt64

  @Option(
    name: [.customShort("w"), .long],
    help: "Wait until so many nodes hold it: 1 or more, the master included, majority or all. (default: don't wait)",
    completion: WriteConcern.completion, transform: WriteConcern.read)
  var writeConcern: WriteConcern?

  @Option(
    help: "How long to wait for that, in seconds, 0 to 3600. (default: 30)", transform: Seconds.reading("0 to 3600"))
  var timeout = Seconds(.seconds(30))

  @OptionGroup var client: ClientOptions

  func validate() throws {
    guard timeout.interval <= .seconds(3600) else { throw ValidationError("--timeout must be 0 to 3600 seconds") }
  }

  private static func readOffset(_ text: String) throws -> UInt64 {
    guard let offset = UInt64(text), offset >= 1 else { throw ValidationError("it must be a whole number from 1") }
    return offset
  }

  func run() async throws {
    try await client.withLog { log in
      let answer: Answer
      do throws(RemoteError) {
        answer = try await log.receipt(of: offset, writeConcern, within: timeout.interval.duration)
      } catch {
        if case .refused(_, let status, let message) = error, status < 500 {
          throw CommandFailure(.notWritten, message)
        }
        throw CommandFailure(.unknown, "\(error)")
      }
      if client.json, answer.status != 404 {
        var bytes: [UInt8] = []
        answer.data.write(to: &bytes)
        try StandardOutput.tell(String(decoding: bytes, as: UTF8.self))
      }
      guard answer.status == 200 else {
        throw CommandFailure(answer.status == 404 ? .notWritten : .pending, answer.message)
      }
      guard !client.json else { return }
      // A follower doesn't know who holds it.
      let master = answer.data["held_by"] == nil ? await log.master() : nil
      try StandardOutput.tell(ReceiptText.lines(of: answer.data, master: master).joined(separator: "\n"))
    }
  }
}
