import JSON
import ReplicationCore

/// The body of `POST /add`: `{"data":"msg1","write_concern":1}`.
struct AddBody: Sendable, Hashable {
  /// What is to be added.
  enum Data: Sendable, Hashable {
    /// The UTF-8 bytes of one message.
    case one([UInt8])
    /// Those of a list, to be added together.
    case list([[UInt8]])

    /// The messages. A list of one is stored as one message is.
    var messages: [[UInt8]] {
      switch self {
      case .one(let text): [text]
      case .list(let texts): texts
      }
    }
  }

  let data: Data
  /// How many nodes must hold it; nil when left out.
  let writeConcern: Int?
  /// How long the answer may take; nil for as long as it does.
  let timeout: Interval?

  /// Whether `data` is a list.
  var isList: Bool { if case .list = data { true } else { false } }

  private static let names: [StaticString] = ["data", "write_concern", "timeout_ms"]
  /// How many messages one request may bring.
  static let listMax = 10_000
  /// The longest time-out, in milliseconds.
  static let timeoutMillisecondsMax = 3_600_000

  /// - Parameters:
  ///   - body: the request's bytes, JSON whatever the content type says.
  ///   - nodes: the number of configured nodes.
  /// - Throws: 400 for what is not a JSON object, 422 for members that are missing or not allowed.
  init(_ body: borrowing [UInt8], nodes: Int) throws(Rejection) {
    let fields = try Self.fields(
      of: body, Self.names, listMax: Self.listMax,
      like: #"{"data":"msg1","write_concern":1}"#)
    switch fields["data"] {
    case .string(let text): data = .one(text)
    case .strings(let texts) where !texts.isEmpty: data = .list(texts)
    default:
      throw .notAllowed(
        "data \(fields["data"] == nil ? "is missing; it " : "")must be a string, or a list of 1 to \(Self.listMax) strings",
        data: .members(["data_count_max": .number(UInt64(Self.listMax))]))
    }
    writeConcern = try fields["write_concern"].map { (field) throws(Rejection) in
      try WriteConcern.read(field, nodes: nodes)
    }
    switch fields["timeout_ms"] {
    case nil: timeout = nil
    case .number(let number?) where (1...Self.timeoutMillisecondsMax).contains(number):
      timeout = .milliseconds(Int64(number))
    default:
      throw .notAllowed(
        "timeout_ms must be a whole number from 1 to \(Self.timeoutMillisecondsMax), in milliseconds; left out, the answer "
          + "takes as long as the write concern does",
        data: .members(["timeout_ms_max": .number(UInt64(Self.timeoutMillisecondsMax))]))
    }
  }

  /// The named members of a body.
  /// - Throws: 400 for what is not a JSON object.
  static func fields(
    of body: [UInt8], _ names: [StaticString], inner: [StaticString] = [], listMax: Int = 0, like example: String
  ) throws(Rejection) -> JSONFields {
    guard !body.isEmpty else { throw .unreadable("the body is empty: it must be JSON like \(example)") }
    do throws(JSONError) {
      return try JSONReader.read(body) { (reader) throws(JSONError) in
        try reader.fields(names, inner: inner, listMax: listMax)
      }
    } catch {
      throw .unreadable(
        "the body is not JSON as it must be: \(error.description); it must be an object like \(example)")
    }
  }
}
