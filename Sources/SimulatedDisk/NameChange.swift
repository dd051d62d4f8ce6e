/// One change of the folder that a power loss may undo; always as a whole.
struct NameChange: Sendable {
  enum Kind: Sendable {
    case create(String, file: Int)
    case rename(String, to: String)
    case remove(String)
  }

  let kind: Kind
  /// The number of the operation that did it.
  let operation: Int

  /// The names whose meaning it changes.
  var names: [String] {
    switch kind {
    case .create(let name, _), .remove(let name): [name]
    case .rename(let name, let other): [name, other]
    }
  }

  func apply(to names: inout [String: Int]) {
    switch kind {
    case .create(let name, let file): names[name] = file
    case .rename(let name, let other):
      names[other] = names[name]
      names[name] = nil
    case .remove(let name): names[name] = nil
    }
  }
}
