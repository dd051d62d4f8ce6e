import HTTPClient
import Testing

@Suite struct HTTPURLTests {
  @Test(
    arguments: [
      ("http://follower-1:6062", "follower-1", 6062, "/"),
      ("http://127.0.0.1:6062/", "127.0.0.1", 6062, "/"),
      ("HTTP://Example.org", "Example.org", 80, "/"),
      ("http://[::1]:6063/base/path", "[::1]", 6063, "/base/path"),
    ] as [(String, String, UInt16, String)])
  func aGoodURLIsTakenApart(text: String, host: String, port: UInt16, path: String) throws {
    let url = try HTTPURL.parse(text)
    #expect(url.host == host)
    #expect(url.port == port)
    #expect(url.path == path)
    #expect(url.description == text)
  }

  @Test(arguments: [
    ("", "it must begin with http://"),
    ("follower-1:6062", "it must begin with http://"),
    ("https://follower-1:6062", "it must begin with http://"),
    ("ftp://follower-1", "it must begin with http://"),
    ("http://", "it has no host"),
    ("http://:6062", "it has no host"),
    ("http://follower-1:0", "the port must be 1 to 65535"),
    ("http://follower-1:65536", "the port must be 1 to 65535"),
    ("http://follower-1:port", "the port must be 1 to 65535"),
    ("http://user:secret@follower-1", "it has a user name or password"),
    ("http://follower-1/?a=b", "it has a query"),
    ("http://follower-1/#top", "it has a fragment"),
    ("http://follower 1", "it has a space or a control character"),
    ("http://follower-1\n", "it has a space or a control character"),
  ])
  func aBadURLIsRefusedWithItsReason(text: String, reason: String) {
    let error = #expect(throws: ClientError.self) { try HTTPURL.parse(text) }
    #expect(error?.kind == .badURL)
    #expect(error?.detail.contains(reason) == true, "\(error?.detail ?? "")")
    #expect(error?.detail.contains("\n") == false)
  }
}
