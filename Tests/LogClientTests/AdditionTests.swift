import Testing

@testable import LogClient

/// What a request says.
@Suite struct AdditionTests {
  private func body(_ addition: Addition, wait: Duration = .seconds(2)) -> String {
    String(decoding: addition.body(wait: wait), as: UTF8.self)
  }

  @Test func aBodyHasWhatTheInterfaceTakes() {
    let one = Addition([Array("a\"\n".utf8)], key: "k")
    #expect(body(one) == #"{"data":"a\"\n","timeout_ms":2000}"#)
    let list = Addition([Array("a".utf8), []], key: "k", writeConcern: .all)
    #expect(body(list, wait: .microseconds(1)) == #"{"data":["a",""],"write_concern":"all","timeout_ms":1}"#)
    let listOfOne = Addition([[]], isList: true, key: "k", writeConcern: .nodes(2))
    #expect(body(listOfOne) == #"{"data":[""],"write_concern":2,"timeout_ms":2000}"#)
  }

  @Test func aKeyIsQuotedInAField_AndEncodedInAPath() {
    let addition = Addition([[]], key: #"a"b\c:1/~"#)
    #expect(addition.quotedKey == #""a\"b\\c:1/~""#)
    #expect(addition.keyPath == "/requests/a%22b%5Cc%3A1%2F~")
  }

  @Test func randomKeysAreKeys_AndDiffer() {
    let keys = (0..<100).map { _ in Addition.randomKey() }
    #expect(Set(keys).count == 100)
    #expect(keys.allSatisfy { Addition.isKey($0) && $0.utf8.count == 32 })
    #expect(!Addition.isKey("") && !Addition.isKey("a b") && !Addition.isKey("\u{E9}"))
    #expect(!Addition.isKey(String(repeating: "k", count: 256)))
  }

  @Test(arguments: ["0", "-1", "+1", "two", "", "1.5"])
  func aWriteConcernIsANumberOrAWord(text: String) {
    #expect(WriteConcern(text) == nil)
    #expect(WriteConcern("2") == .nodes(2) && WriteConcern("majority") == .majority && WriteConcern("all") == .all)
  }
}
