/// The body of `POST /add`: `{"data":"msg1","write_concern":1}`.
struct AddBody: Sendable, Hashable {
  /// The message's UTF-8 bytes.
  let text: [UInt8]
  /// How many nodes must hold it; nil when left out.
  let writeConcern: Int?

  /// - Parameters:
  ///   - body: the request's bytes, JSON whatever the content type says.
  ///   - nodes: the number of configured nodes.
  /// - Throws: 400 for what is not a JSON object, 422 for members that are missing or not allowed.
  init(_ body: [UInt8], nodes: Int) throws(Rejection) {
    let fields = try Self.fields(of: body, ["data", "write_concern"], like: #"{"data":"msg1","write_concern":1}"#)
    guard case .string(let text) = fields["data"] else {
      throw .notAllowed("data \(fields["data"] == nil ? "is missing; it " : "")must be a string")
    }
    self.text = text
    switch fields["write_concern"] {
    case nil: writeConcern = nil
    case .number(let number?) where (1...nodes).contains(number): writeConcern = number
    default:
      throw .notAllowed(
        "write_concern must be a whole number from 1 to \(nodes), the number of nodes; left out, it is a majority",
        data: .members(["write_concern_max": .number(UInt64(nodes))]))
    }
  }

  /// The named members of a body.
  /// - Throws: 400 for what is not a JSON object.
  static func fields(
    of body: [UInt8], _ names: Set<String>, inner: Set<String> = [], like example: String
  ) throws(Rejection) -> [String: JSONField] {
    guard !body.isEmpty else { throw .unreadable("the body is empty: it must be JSON like \(example)") }
    do throws(JSONError) {
      return try JSONReader.read(body) { (reader) throws(JSONError) in try reader.fields(names, inner: inner) }
    } catch {
      throw .unreadable(
        "the body is not JSON as it must be: \(error.description); it must be an object like \(example)")
    }
  }
}
