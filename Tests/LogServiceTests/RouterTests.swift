import HTTPServer
import JSON
import Testing

@testable import LogService

extension LogServiceTests {
  @Suite struct RouterTests {
    private let router = Router([
      "/both": [
        "GET": { (_) async throws(Rejection) in Envelope.response(200, "fetched", data: .array([.null])) },
        "POST": { (request) async throws(Rejection) in Envelope.response(200, "posted \(request.body.count)") },
      ],
      "/post": ["POST": { (_) async throws(Rejection) in throw .unavailable("not now", retryAfterSeconds: 7) }],
    ])

    private func answer(
      _ method: String, _ path: String, query: [QueryItem] = [], body: [UInt8] = []
    ) async throws -> Answer {
      try Answer(await router.respond(to: Request(method: method, path: path, query: query, body: body)))
    }

    @Test func aRequestGoesToTheHandlerOfItsPathAndMethod() async throws {
      #expect(try await answer("GET", "/both").text == #"{"status_code":200,"message":"fetched","data":[null]}"#)
      #expect(try await answer("POST", "/both", body: [1, 2]).message == "posted 2")
    }

    @Test func anAnswerIsJSON() async throws {
      for (method, path) in [("GET", "/both"), ("GET", "/nowhere"), ("PUT", "/both"), ("POST", "/post")] {
        #expect(try await answer(method, path).headers["content-type"] == "application/json")
      }
    }

    @Test func headIsAnsweredLikeGet() async throws {
      let head = try await answer("HEAD", "/both")
      #expect(head.status == 200)
      #expect(head.body == (try await answer("GET", "/both").body), "the server leaves the body out")
    }

    @Test(arguments: ["/", "", "/Both", "/both/", "//both", "/post/1", "/both%2F", "*"])
    func anUnknownPathIs404AndNamesThePathsThatAreThere(_ path: String) async throws {
      for method in ["GET", "POST", "HEAD", "BREW"] {
        let answer = try await answer(method, path)
        #expect(answer.status == 404 && answer.statusCode == 404)
        #expect(answer.message == "unknown path: this node has /both, /post")
        #expect(answer.headers["allow"] == nil)
      }
    }

    @Test(arguments: ["PUT", "DELETE", "OPTIONS", "PATCH", "get", "BREW", ""])
    func aWrongMethodIs405WithAllow(_ method: String) async throws {
      let both = try await answer(method, "/both")
      #expect(both.status == 405 && both.statusCode == 405)
      #expect(both.message == "/both takes GET, HEAD, POST")
      #expect(both.headers["allow"] == "GET, HEAD, POST")
      for wrong in [method, "GET", "HEAD"] {
        let post = try await answer(wrong, "/post")
        #expect(post.status == 405)
        #expect(post.headers["allow"] == "POST")
      }
    }

    @Test func aQueryParameterIs422AndNamed() async throws {
      for item in [QueryItem(name: "from", value: "1"), QueryItem(name: "from", value: nil)] {
        let answer = try await answer("GET", "/both", query: [item])
        #expect(answer.status == 422 && answer.statusCode == 422)
        #expect(answer.message == "unknown query parameter 'from': /both takes none")
      }
    }

    @Test func aRejectionBecomesItsAnswer() async throws {
      let answer = try await answer("POST", "/post")
      #expect(answer.status == 503)
      #expect(answer.text == #"{"status_code":503,"message":"not now","data":null}"#)
      #expect(answer.headers["retry-after"] == "7")
    }

    @Test(
      arguments: [
        (.headTooLarge(limitBytes: 4), 431, "at most 4 bytes"), (.bodyTooLarge(limitBytes: 5), 413, "at most 5 bytes"),
        (.bodiesTooLargeTogether(limitBytes: 6), 503, "not written: too many bodies"),
        (.malformed(reason: "two lengths"), 400, "two lengths"), (.stopping, 503, "not written: the node is stopping"),
        (.stoppedWhileHandling, 504, "it may have been carried out"), (.tooManyLive(limitBodies: 7), 503, "at most 7"),
      ] as [(Refusal, Int, String)])
    func whatTheServerRefusesIsSaidInTheEnvelope(_ refusal: Refusal, _ status: Int, _ words: String) throws {
      let answer = try Answer(Rejection.refused(refusal).response)
      #expect(answer.status == status && answer.statusCode == status)
      #expect(answer.message.contains(words))
    }
  }
}
