import Locking
import Testing

@testable import HTTPServer

private let body = "the body of many"

extension HTTPServerTests {
  @Suite struct Templates {
    private let template = AnswerTemplate(headers: [Header(name: "X-Common", value: "always")], body: Array(body.utf8))

    private static func answer(_ template: AnswerTemplate, _ own: [Header]) -> HTTPServer.Response {
      Response(status: 200, headers: own, body: .template(template))
    }

    /// Those that neither the library nor the connection's end brings.
    private func fields(_ response: RawResponse) -> [String] {
      response.fields.filter { $0.name.hasPrefix("x-") }.map { "\($0.name): \($0.value)" }
    }

    /// All are queued in one call on the server's thread, before it can send the first; then their forms serve again.
    @Test(arguments: ServingThread.allCases)
    func answersAtOnceHaveTheirOwnFields(on thread: ServingThread) async throws {
      let waiting = Locked<[any Answering]>([])
      let template = template
      let prompt: PromptHandler = { request, answering in
        guard request.path == "/go" else {
          waiting.withLock { $0.append(answering) }
          return .later {}
        }
        let all = waiting.withLock { waiting in
          defer { waiting = [] }
          return waiting
        }
        for (number, answering) in all.enumerated() {
          answering.answer(Self.answer(template, [Header(name: "X-Own", value: "\(number)")]))
        }
        return .now(.text("gone"))
      }
      try await withServer(on: thread, prompt: prompt, handler: echo) { server in
        let clients = try (0..<10).map { _ in try RawClient(port: server.port) }
        let starter = try RawClient(port: server.port)
        for _ in 1...3 {
          for (number, client) in clients.enumerated() {
            try client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            try await eventually("it came") { waiting.withLock { $0.count } == number + 1 }
          }
          try starter.send("GET /go HTTP/1.1\r\nHost: a\r\n\r\n")
          #expect(try starter.receive().text == "gone")
          for (number, client) in clients.enumerated() {
            let response = try client.receive()
            #expect(response.text == body)
            #expect(fields(response) == ["x-common: always", "x-own: \(number)"])
          }
          try await eventually("as many forms as were needed at once are kept") { template.keptCount == 10 }
        }
      }
    }

    /// Whatever one answer has of its own, in the next there is nothing of it.
    @Test func anAnswersOwnFieldsEndWithIt() async throws {
      let owns: [[Header]] = [
        [Header(name: "X-A", value: "1"), Header(name: "X-B", value: "2")], [],
        [Header(name: "X-A", value: "1"), Header(name: "X-A", value: "1")], [],
        [Header(name: "X-Broken", value: "a\r\nX-Smuggled: b"), Header(name: "X-C", value: "3")], [],
        [Header(name: "X-Empty", value: "")], [],
      ]
      let template = template
      let answers = Locked(owns.map { Self.answer(template, $0) })
      try await withServer(prompt: { _, _ in .now(answers.withLock { $0.removeFirst() }) }, handler: echo) { server in
        let client = try RawClient(port: server.port)
        for own in owns {
          let isHead = own.isEmpty
          try client.send("\(isHead ? "HEAD" : "GET") / HTTP/1.1\r\nHost: a\r\n\r\n")
          let response = try client.receive(toHead: isHead)
          let sent = own.filter { !$0.value.isEmpty && !$0.value.contains("\r\n") }
          #expect(fields(response) == ["x-common: always"] + sent.map { "\($0.name.lowercased()): \($0.value)" })
          #expect(response.field("content-length") == "\(body.utf8.count)" && response.field("connection") == nil)
          #expect(response.text == (isHead ? "" : body))
          try await eventually("its form is kept") { template.keptCount == 1 }
        }
      }
    }

    @Test func aFormThatClosedItsConnectionIsNotKept() async throws {
      let template = template
      let prompt: PromptHandler = { _, answering in
        .later { answering.answer(Self.answer(template, [Header(name: "X-Own", value: "last")])) }
      }
      try await withServer(prompt: prompt, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        try await eventually("it waits") { server.counts.waiting == 1 }
        await server.stop(grace: .zero)
        let response = try client.receive()
        #expect(response.text == body && response.field("connection") == "close")
      }
      #expect(template.keptCount == 0)
      let again: PromptHandler = { _, _ in .now(Self.answer(template, [])) }
      try await withServer(prompt: again, handler: echo) { server in
        let client = try RawClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let response = try client.receive()
        #expect(response.text == body && response.field("connection") == nil)
        #expect(fields(response) == ["x-common: always"])
      }
    }

    @Test func noMoreFormsAreKeptThanTheLimit() throws {
      let forms = try (0...AnswerTemplate.keptMax).map { _ in try #require(template.take()) }
      #expect(template.keptCount == 0)
      for form in forms { _ = FormInUse(form, of: template, own: []) }
      #expect(template.keptCount == AnswerTemplate.keptMax)
    }
  }
}
