import Foundation
import Testing

@testable import LogService

extension LogServiceTests {
  /// The document that the nodes serve says all that the code does, and nothing else.
  @Suite struct OpenAPITests {
    private let document = OpenAPIView(OpenAPIDocument.bytes)

    @Test func bothRolesServeIt() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        for way in Way.allCases {
          for client in [cluster.client(master, way), cluster.client(follower, way)] {
            let answer = try await client.get("/openapi.json")
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.body == OpenAPIDocument.bytes)
            #expect(try await client.get("/openapi.json?a=1").status == 422)
          }
        }
        let client = cluster.client(follower, .inProcess)
        let tag = try #require(try await client.get("/openapi.json").headers["etag"])
        let again = try await client.send("GET", "/openapi.json", headers: ["If-None-Match": tag])
        #expect(again.status == 304)
        #expect(again.headers["etag"] == tag)
        #expect(try await client.send("HEAD", "/openapi.json").status == 200)
      }
    }

    @Test func itDescribesEveryRouteOfEachRoleAndNoOther() async throws {
      try await withCluster { cluster in
        let follower = try cluster.follower()
        let master = try await cluster.master([follower.url])
        for (role, router) in [("master", master.router), ("follower", follower.router)] {
          #expect(document.methods(of: role) == router.methods.mapValues { Set($0) }, "\(role)")
        }
      }
    }

    @Test func itDescribesEveryQueryParameterAndNoOther() {
      #expect(document.parameters(in: "query") == Router.queryNames.mapValues { Set($0) })
    }

    @Test func itDescribesEveryFieldThatIsReadAndNoOther() {
      // These two are told by the content that an operation takes and gives (OpenAPI 3.1, 4.8.12.1).
      let read = Set(AddRequest.headersRead + MessageReading.headersRead).subtracting(["Accept", "Content-Type"])
      #expect(document.parameters(in: "header").values.reduce(into: Set()) { $0.formUnion($1) } == read)
      #expect(document.parameters(in: "header")["/add"] == Set(AddRequest.headersRead))
      #expect(document.contentTypes.isSuperset(of: MessagesFormat.allCases.map(\.rawValue)))
    }

    @Test func itDescribesEveryFieldThatIsWrittenAndNoOther() throws {
      let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/LogService")
      let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
      var written: Set<String> = []
      for case let file as URL in files where file.pathExtension == "swift" {
        let text = try String(contentsOf: file, encoding: .utf8)
        written.formUnion(text.matches(of: /Header\(\s*name: "([A-Za-z-]+)"/).map { String($0.1) })
      }
      #expect(written.count > 10)
      // Told by the content.
      written.remove("Content-Type")
      #expect(document.responseHeaders == written)
    }

    @Test func itsRangesAreThoseOfTheCode() {
      #expect(document.range("parameters", "limit") == [1, Double(MessagesQuery.limitMax)])
      #expect(document.range("parameters", "from") == [1, Double(MessagesQuery.offsetMax)])
      #expect(document.range("parameters", "wait") == [0, Double(MessagesQuery.waitMax.components.seconds)])
      #expect(document.range("parameters", "receipt_wait") == [0, Double(ReceiptQuery.waitSecondsMax)])
      let body = document.value("components", "schemas", "AddBody", "properties")
      let timeout = body["timeout_ms"] as? [String: Any]
      #expect(timeout?["maximum"] as? Int == AddBody.timeoutMillisecondsMax)
      let list = ((body["data"] as? [String: Any])?["anyOf"] as? [[String: Any]])?.last
      #expect(list?["maxItems"] as? Int == AddBody.listMax)
    }

    @Test func itIsOfTheProgramsVersion() {
      #expect(document.value("info")["version"] as? String == Version.current)
      #expect(document.version == "3.1.0")
    }
  }
}
