import JSON
import LogClient

/// A message's receipt in lines for people.
enum ReceiptText {
  private static let nameWidth = 12

  /// - Parameters:
  ///   - receipt: an object, whose members get a line each, the list of confirmations a line for each node.
  ///   - master: where to ask who holds the message, if a follower told the rest and knows it.
  static func lines(of receipt: JSONValue, master: String? = nil) -> [String] {
    guard case .object(let members) = receipt else { return [text(receipt)] }
    var lines = members.flatMap { member in
      switch member.name {
      // A text is the client's: in quotes it stays one line, and tells a terminal nothing.
      case "text": [labelled("text", quoted(member.value.string ?? ""))]
      case "confirmed": ["confirmed"] + confirmations(member.value.array ?? [])
      // The sentence says what the other members do.
      case "survives": [labelled("survives", member.value["text"]?.string ?? text(member.value))]
      default: [labelled(member.name, text(member.value))]
      }
    }
    if receipt["held_by"] == nil, let master {
      lines.append(labelled("held by", "only the master knows, ask \(master)"))
    }
    return lines
  }

  private static func labelled(_ name: String, _ text: String) -> String {
    let name = name.replacing("_", with: " ")
    return name + String(repeating: " ", count: max(1, nameWidth - name.count)) + text
  }

  private static func confirmations(_ nodes: [JSONValue]) -> [String] {
    let names = nodes.map { $0["node"]?.string ?? "-" }
    let width = names.map(\.count).max() ?? 0
    return zip(names, nodes).map { name, node in
      var when = "time unknown: earlier than this master remembers"
      if let time = node["at"]?.string, let after = node["after_ms"]?.number { when = "\(time)  after \(after) ms" }
      return "  \(name)\(String(repeating: " ", count: width - name.count))  \(when)"
    }
  }

  /// On one line.
  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "-"
    case .bool(let value): value ? "yes" : "no"
    case .number(let value): "\(value)"
    case .string(let value): value
    case .array(let values): values.isEmpty ? "-" : values.map(text).joined(separator: ", ")
    case .object(let members):
      members.map { "\($0.name.replacing("_", with: " ")) \(text($0.value))" }.joined(separator: ", ")
    }
  }

  private static func quoted(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.appendJSONString(text.utf8)
    return String(decoding: bytes, as: UTF8.self)
  }
}
