import JSON

/// Messages to be added by one request with a key: it can be repeated, and is carried out once.
public struct Addition: Sendable, Hashable {
  /// The UTF-8 bytes of each message.
  public let texts: [[UInt8]]
  /// Whether they are sent as a list, which is added as a whole; a single text alone isn't.
  public let isList: Bool
  /// The request's name, which no other one has: 1 to ``keyBytesMax`` visible ASCII characters.
  public let key: String
  /// How many nodes must hold the messages; nil for a majority.
  public let writeConcern: WriteConcern?

  /// The longest key, in bytes.
  public static let keyBytesMax = 255

  /// - Parameters:
  ///   - texts: one or more; UTF-8, not checked here.
  ///   - isList: as ``isList``; several texts always are a list.
  ///   - key: see ``isKey(_:)`` and ``randomKey()``.
  ///   - writeConcern: nil for a majority.
  public init(_ texts: [[UInt8]], isList: Bool = false, key: String, writeConcern: WriteConcern? = nil) {
    precondition(!texts.isEmpty && Self.isKey(key), "\(texts.count) texts, key \(key)")
    self.texts = texts
    self.isList = isList || texts.count > 1
    self.key = key
    self.writeConcern = writeConcern
  }

  /// Whether a text can be a key.
  public static func isKey(_ text: String) -> Bool {
    (1...keyBytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  /// A key that nobody else has: 128 random bits, as 32 hexadecimal digits.
  public static func randomKey() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The request's body.
  /// - Parameter wait: how long the master may wait for the write concern, rounded up to milliseconds.
  func body(wait: Duration) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(texts.reduce(64) { $0 + $1.count + 3 })
    body.appendJSON(isList ? #"{"data":["# : #"{"data":"#)
    for (index, text) in texts.enumerated() {
      if index > 0 { body.appendJSON(",") }
      body.appendJSONString(text)
    }
    if isList { body.appendJSON("]") }
    if let writeConcern {
      body.appendJSON(#","write_concern":"#)
      writeConcern.json.write(to: &body)
    }
    body += #","timeout_ms":\#(wait.wholeMilliseconds)}"#.utf8
    return body
  }

  /// The key as a header field has it: in quotes, so that every character may be in it.
  var quotedKey: String {
    "\"" + key.flatMap { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" } + "\""
  }

  /// Where the master tells what became of the request.
  var keyPath: String {
    let digits = Array("0123456789ABCDEF")
    return key.utf8.reduce(into: "/requests/") { path, byte in
      let character = Character(UnicodeScalar(byte))
      if character.isLetter || character.isNumber || "-._~".contains(character) {
        path.append(character)
      } else {
        path += ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
}

extension Duration {
  /// Rounded up, at least 1.
  var wholeMilliseconds: Int {
    let whole = Int(self / .milliseconds(1))
    return max(1, .milliseconds(whole) < self ? whole + 1 : whole)
  }
}
