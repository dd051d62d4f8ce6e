import HTTPServer
import ReplicationCore

/// What a client would like, if it can be had: the field `Prefer` (RFC 7240). What is not known here is ignored.
struct Preferences: Sendable, Hashable {
  /// `wait=2`: how many seconds the answer may take.
  private(set) var waitSeconds: Int?
  /// `respond-async`: an answer as soon as the message is safe on the master.
  private(set) var respondsAsync = false
  /// `handling=strict`: no waiting for nodes that are away.
  private(set) var isStrict = false
  /// `return=representation`: the message as it is stored.
  private(set) var wantsRepresentation = false
  /// `redirect`: a follower sends the client on to its master.
  private(set) var redirects = false

  /// A longer wait is cut to this.
  static let waitSecondsMax = 3600

  /// None.
  init() {}

  /// - Parameter fields: the values of all `Prefer` fields, in their order.
  init(_ fields: [String]) {
    var seen: Set<String> = []
    for field in fields {
      for preference in Self.split(field[...], at: ",") {
        // What follows a semicolon are parameters, which none of those known here has.
        let word = Self.split(preference, at: ";")[0]
        let parts = word.split(separator: "=", maxSplits: 1).map { String($0.trimmed) }
        // Of one that is given twice the first counts (RFC 7240, section 2).
        guard let name = parts.first?.lowercased(), seen.insert(name).inserted else { continue }
        take(name, value: parts.count > 1 ? Self.unquoted(parts[1]) : "")
      }
    }
  }

  private mutating func take(_ name: String, value: String) {
    switch (name, value) {
    case ("wait", _): waitSeconds = Self.seconds(value)
    case ("respond-async", ""): respondsAsync = true
    case ("handling", "strict"): isStrict = true
    case ("return", "representation"): wantsRepresentation = true
    case ("redirect", ""): redirects = true
    default: break
    }
  }

  private static func seconds(_ value: String) -> Int? {
    guard !value.isEmpty, value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    // More digits than fit are more seconds than allowed.
    return min(Int(value) ?? .max, waitSecondsMax)
  }

  /// Splits at a character that is not inside quotes.
  private static func split(_ text: Substring, at separator: Character) -> [Substring] {
    var parts: [Substring] = []
    var begin = text.startIndex
    var isQuoted = false
    var isEscaped = false
    for index in text.indices {
      let character = text[index]
      if isEscaped {
        isEscaped = false
      } else if isQuoted, character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        isQuoted.toggle()
      } else if character == separator, !isQuoted {
        parts.append(text[begin..<index])
        begin = text.index(after: index)
      }
    }
    return parts + [text[begin...]]
  }

  private static func unquoted(_ word: String) -> String {
    guard word.count >= 2, word.hasPrefix("\""), word.hasSuffix("\"") else { return word }
    return String(word.dropFirst().dropLast())
  }
}
