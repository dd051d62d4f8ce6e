import HTTPServer
import Testing

extension HTTPServerTests {
  @Suite struct HeaderNames {
    private func isFound(_ name: String, as other: String) -> Bool {
      HTTPServer.Request(method: "GET", path: "/", headers: [Header(name: name, value: "")]).header(other) != nil
    }

    @Test func lettersAreComparedWithoutRegardToCase() {
      #expect(isFound("Content-Type", as: "content-type"))
      #expect(isFound("AZaz", as: "azAZ"))
      #expect(!isFound("Content-Type", as: "Content-Typ"))
      #expect(!isFound("Content-Typ", as: "Content-Type"))
      #expect(!isFound("Content-Type", as: "Content_Type"))
    }

    /// Bytes that differ by the same bit as a letter's two cases.
    @Test(arguments: [("@", "`"), ("[", "{"), ("\\", "|"), ("]", "}"), ("^", "~"), ("0", "\u{10}"), ("-", "\r")])
    func otherBytesHaveNoCase(_ name: String, _ other: String) {
      #expect(!isFound(name, as: other))
      #expect(!isFound(other, as: name))
      #expect(isFound(name, as: name))
    }

    @Test func randomNamesAreComparedAsInLowerCase() {
      var equal = 0
      var wrong: [([UInt8], [UInt8])] = []
      for _ in 0..<100_000 {
        let name = (0..<Int.random(in: 0...4)).map { _ in UInt8.random(in: 0...0x7f) }
        let other = name.map { $0 ^ (Bool.random() ? 0x20 : 0) }
        let (first, second) = (String(decoding: name, as: UTF8.self), String(decoding: other, as: UTF8.self))
        let isEqual = Array(first.lowercased().utf8) == Array(second.lowercased().utf8)
        equal += isEqual ? 1 : 0
        if isFound(first, as: second) != isEqual { wrong.append((name, other)) }
      }
      #expect(wrong.isEmpty, "\(wrong.prefix(3))")
      #expect((1000..<99_000).contains(equal), "both happen")
    }
  }
}
