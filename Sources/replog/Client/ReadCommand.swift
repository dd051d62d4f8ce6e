import ArgumentParser
import JSON
import LogClient

/// `replog read`: shows the messages that a node holds, and follows the log.
struct ReadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Show the messages of a node, one per line.",
    discussion: """
      With --follow it waits for more until it is interrupted. A node that is restarted meanwhile is asked again until it \
      answers: no message is lost, and none is shown twice. What a follower shows and a later master lacks may be \
      replaced; --level committed shows nothing of that.
      """)

  @Option(help: "The first offset to show, 1 or more.")
  var from: UInt64 = 1

  @Option(help: "How many messages to show, 1 or more. (default: all)")
  var limit: UInt64?

  @Option(help: "How certain they must be: on this node (local), or on a majority of the nodes (committed).")
  var level = ReadLevel.local

  @Flag(help: "Go on with what comes.")
  var follow = false

  @OptionGroup var client: ClientOptions

  private static let pageMax = 1000
  /// How long the node holds an empty page. It also bounds how long a connection that died goes unnoticed.
  private static let wait = Duration.seconds(15)
  private static let pauseMin = Duration.milliseconds(100)
  private static let pauseMax = Duration.seconds(2)
  private static let offsetMax: UInt64 = (1 << 53) - 1

  func validate() throws {
    try NodeOptions.check(from, in: 1...Self.offsetMax, "--from")
    if limit == 0 { throw ValidationError("--limit is 0; it must be 1 or more") }
  }

  func run() async throws {
    try await client.withLog { log in
      let output = StandardOutput()
      var next = from
      var left = limit ?? .max
      /// Where the log ended when reading began.
      var end: UInt64?
      var pause = Self.pauseMin
      while left > 0, follow || end.map({ next <= $0 }) ?? true {
        let page: Page
        do throws(RemoteError) {
          page = try await log.page(
            from: next, limit: Int(min(left, UInt64(Self.pageMax))),
            // The first is answered at once: from then on it is known that a node is there.
            wait: follow && end != nil ? Self.wait : .zero, level: level)
        } catch {
          // A node that was never there is more likely another one than the one that was meant.
          guard follow, error.isPassing, end != nil || error.isOfANode else { throw error }
          try await Task.sleep(for: pause)
          pause = min(pause * 2, Self.pauseMax)
          continue
        }
        pause = Self.pauseMin
        end = end ?? page.last
        for message in page.messages { output.write(client.json ? message.json : message.text + [UInt8(ascii: "\n")]) }
        guard output.flush() else { return try output.finish() }
        // A node that has cut its log meanwhile has no more to tell.
        if !follow, page.next <= next { return }
        next = page.next
        left -= min(left, UInt64(page.messages.count))
      }
    }
  }
}

extension Page.Message {
  /// One line of NDJSON.
  fileprivate var json: [UInt8] {
    var bytes = Array(#"{"offset":\#(offset),"text":"#.utf8)
    bytes.appendJSONString(text)
    bytes += #","epoch":\#(epoch),"time":\#(time.map { "\"\($0)\"" } ?? "null")}"#.utf8
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
