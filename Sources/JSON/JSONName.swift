/// What a member of an object is called: valid only inside the call that hands it out.
package struct JSONName {
  let text: JSONReader.Text

  /// Whether it is this name.
  func equals(_ name: StaticString) -> Bool {
    switch text {
    case .asItLies(let bytes): bytes.holdsSame(as: name.bytes)
    case .resolved(let bytes): bytes.elementsEqual(name.bytes)
    }
  }

  /// The name as a string.
  package var string: String {
    switch text {
    case .asItLies(let bytes): String(decoding: bytes, as: UTF8.self)
    case .resolved(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}
