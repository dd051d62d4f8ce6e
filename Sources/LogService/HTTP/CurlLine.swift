import HTTPServer
import ReplicationCore

/// Commands for people: what to do after an answer, ready for a shell.
enum CurlLine {
  /// A longer body is not repeated in an answer: the line reads it from its standard input.
  static let bodyBytesMax = 1024
  /// The fields of an add that its repetition needs.
  private static let repeated = AddRequest.headersRead

  /// A request without a body.
  /// - Parameters:
  ///   - url: the node's.
  ///   - path: with the query, if there is one.
  static func get(_ url: String, _ path: String) -> String { "curl \(quoted(joined(url, path)))" }

  /// The same `POST /add` again, on this node or another one.
  static func add(_ request: Request, to url: String) -> String {
    var line = "curl \(quoted(joined(url, "/add")))"
    for name in repeated {
      for value in request.headers(name) { line += " -H \(quoted("\(name): \(value)"))" }
    }
    let isShown = (1...bodyBytesMax).contains(request.body.count)
    return line + (isShown ? " -d \(quoted(String(decoding: request.body, as: UTF8.self)))" : " --data-binary @-")
  }

  /// An add whose body is still to be put right.
  static func corrected(to url: String) -> String { "curl \(quoted(joined(url, "/add"))) -d @corrected.json" }

  /// Waits until a message is held by so many nodes.
  static func wait(for offset: Offset, writeConcern: Int, on url: String) -> String {
    get(url, "/messages/\(offset)?write_concern=\(writeConcern)&wait=10")
  }

  /// A node's URL with a path, whether or not it ends with a slash.
  static func joined(_ url: String, _ path: String) -> String {
    (url.hasSuffix("/") ? String(url.dropLast()) : url) + path
  }

  /// One word of a POSIX shell.
  private static func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
  }
}
