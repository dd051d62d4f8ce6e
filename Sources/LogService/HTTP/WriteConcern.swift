import JSON
import ReplicationCore

/// How a client says how many nodes must hold its message.
enum WriteConcern {
  /// - Parameters:
  ///   - field: a number, `"majority"` or `"all"`.
  ///   - nodes: the number of configured nodes.
  /// - Returns: 1 … `nodes`.
  /// - Throws: 422 for anything else.
  static func read(_ field: JSONField, nodes: Int) throws(Rejection) -> Int {
    switch field {
    case .number(let number?) where (1...nodes).contains(number): number
    case .string(let word): try read(word: String(decoding: word, as: UTF8.self), nodes: nodes)
    default: throw notAllowed(nodes)
    }
  }

  /// - Parameters:
  ///   - text: from a query: digits or a word.
  ///   - nodes: the number of configured nodes.
  /// - Throws: 422 for anything that is not allowed.
  static func read(text: String, nodes: Int) throws(Rejection) -> Int {
    guard let number = Int(text), text.first != "+" else { return try read(word: text, nodes: nodes) }
    return try read(.number(number), nodes: nodes)
  }

  private static func read(word: String, nodes: Int) throws(Rejection) -> Int {
    switch word {
    case "majority": majority(ofNodes: nodes)
    case "all": nodes
    default: throw notAllowed(nodes)
    }
  }

  private static func notAllowed(_ nodes: Int) -> Rejection {
    .notAllowed(
      "write_concern must be a whole number from 1 to \(nodes), the number of nodes, or \"majority\" or \"all\"; left out, "
        + "it is a majority",
      data: .members(["write_concern_max": .number(UInt64(nodes))]))
  }
}
