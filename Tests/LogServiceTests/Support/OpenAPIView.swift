import Foundation

/// What tests look up in an OpenAPI document.
struct OpenAPIView: @unchecked Sendable {
  /// Never changed after it was read.
  private let root: [String: Any]
  private typealias Members = [String: Any]

  init(_ bytes: [UInt8]) {
    root = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? Members ?? [:]
  }

  /// The version of the language in which it is written.
  var version: String? { root["openapi"] as? String }

  /// The object at a path of names; empty where there is none.
  func value(_ path: String...) -> [String: Any] {
    path.reduce(root) { $0[$1] as? Members ?? [:] }
  }

  /// `minimum` and `maximum` of a component's schema.
  func range(_ kind: String, _ name: String) -> [Double] {
    let schema = value("components", kind, name, "schema")
    return ["minimum", "maximum"].compactMap { schema[$0] as? Double }
  }

  /// The methods of each path that a role has.
  func methods(of role: String) -> [String: Set<String>] {
    var methods: [String: Set<String>] = [:]
    for (path, method, operation) in operations where (operation["x-roles"] as? [String])?.contains(role) == true {
      methods[path, default: []].insert(method.uppercased())
    }
    return methods
  }

  /// The names of the parameters of each path that has some.
  func parameters(in place: String) -> [String: Set<String>] {
    var names: [String: Set<String>] = [:]
    for (path, _, operation) in operations {
      let parameters = (operation["parameters"] as? [Members] ?? []).map(resolved)
      for parameter in parameters where parameter["in"] as? String == place {
        names[path, default: []].insert(parameter["name"] as? String ?? "")
      }
    }
    return names
  }

  /// The names of all fields in the heads of answers.
  var responseHeaders: Set<String> {
    responses.reduce(into: []) { $0.formUnion(($1["headers"] as? Members ?? [:]).keys) }
  }

  /// All content types of answers.
  var contentTypes: Set<String> {
    responses.reduce(into: []) { $0.formUnion(($1["content"] as? Members ?? [:]).keys) }
  }

  private var responses: [[String: Any]] {
    let own = operations.flatMap { ($0.operation["responses"] as? Members ?? [:]).values.compactMap { $0 as? Members } }
    return (own + value("components", "responses").values.compactMap { $0 as? Members }).map(resolved)
  }

  private var operations: [(path: String, method: String, operation: [String: Any])] {
    value("paths").flatMap { path, item in
      (item as? Members ?? [:]).compactMap { method, operation in (operation as? Members).map { (path, method, $0) } }
    }
  }

  private func resolved(_ members: [String: Any]) -> [String: Any] {
    guard let reference = members["$ref"] as? String else { return members }
    return reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] as? Members ?? [:] }
  }
}
