import HTTPServer
import ReplicationCore

/// `GET /openapi.json` on any node: the description of the interface for programs, the file `openapi.json` beside this one.
enum OpenAPIDocument {
  static let path = "/openapi.json"
  /// The document, as it is in the file.
  static let bytes = PackageResources.openapi_json
  /// The same for the same bytes.
  static let tag = EntityTag(opaque: String(bytes.withUnsafeBytes { XXH64.hash($0) }, radix: 16))

  /// The document, or 304 to a client that has it.
  static func answer(_ request: Request) -> Response {
    let isKnown = request.header("If-None-Match").map { tag.isNamed(in: $0) } ?? false
    return Response(
      status: isKnown ? 304 : 200,
      headers: [
        Envelope.contentType, Header(name: "ETag", value: tag.description),
        Header(name: "Cache-Control", value: "no-cache"),
      ],
      body: .bytes(bytes))
  }
}
