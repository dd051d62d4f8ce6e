import JSON
import ReplicationCore

/// The JSON body of `POST /replicate`, as a person sends it: `{"data":{"text":"msg1","sequence_id":1}}`.
struct InjectBody: Sendable, Hashable {
  /// The message's UTF-8 bytes.
  let text: [UInt8]
  /// Where it belongs.
  let offset: Offset

  /// The largest whole number that every JSON reader takes exactly (RFC 8259, section 6).
  static let sequenceMax = 9_007_199_254_740_991

  /// - Parameter body: the request's bytes.
  /// - Throws: 400 for what is not a JSON object, 422 for members that are missing or not allowed.
  init(_ body: [UInt8]) throws(Rejection) {
    let example = #"{"data":{"text":"msg1","sequence_id":1}}"#
    let fields = try AddBody.fields(of: body, ["data"], inner: ["text", "sequence_id"], like: example)
    guard case .object(let data) = fields["data"] else {
      throw .notAllowed("data must be an object: the body must be like \(example)")
    }
    guard case .string(let text) = data["text"] else { throw .notAllowed("data.text must be a string") }
    guard case .number(let number?) = data["sequence_id"], (1...Self.sequenceMax).contains(number) else {
      throw .notAllowed("data.sequence_id must be a whole number from 1 to \(Self.sequenceMax)")
    }
    self.text = text
    offset = Offset(UInt64(number))
  }
}
