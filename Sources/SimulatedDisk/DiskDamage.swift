/// Something that happens to stored bytes without anybody's doing: bit rot, a misdirected write, a careless hand.
/// Files that don't exist and positions beyond a file's end are left alone.
public enum DiskDamage: Hashable, Sendable, CustomStringConvertible {
  /// One bit, 0 to 7, of the byte at a position has turned.
  case flippedBit(String, position: Int, bit: Int)
  /// A range reads as zeros.
  case zeros(String, Range<Int>)
  /// Other bytes lie at a position.
  case overwritten(String, position: Int, bytes: [UInt8])
  /// The file ends after so many bytes.
  case truncated(String, size: Int)
  /// The file is gone.
  case removed(String)
  /// Two files have each other's content.
  case swapped(String, String)

  /// For people.
  public var description: String {
    switch self {
    case .flippedBit(let name, let position, let bit): "bit \(bit) of byte \(position) of \(name) flipped"
    case .zeros(let name, let range): "zeros in \(name) at \(range)"
    case .overwritten(let name, let position, let bytes): "\(bytes.count) bytes of \(name) overwritten at \(position)"
    case .truncated(let name, let size): "\(name) truncated to \(size)"
    case .removed(let name): "\(name) removed"
    case .swapped(let name, let other): "\(name) and \(other) swapped"
    }
  }

  func apply(to state: inout DiskState) {
    switch self {
    case .flippedBit(let name, let position, let bit):
      change(name, position..<position + 1, of: &state) { $0[0] ^= 1 << bit }
    case .zeros(let name, let range):
      change(name, range, of: &state) { bytes in for index in bytes.indices { bytes[index] = 0 } }
    case .overwritten(let name, let position, let new):
      change(name, position..<position + new.count, of: &state) { bytes in
        for index in bytes.indices { bytes[index] = new[index] }
      }
    case .truncated(let name, let size):
      guard let file = state.names[name] else { return }
      state.files[file]?.damage { if size < $0.count { $0.truncate(to: size) } }
    case .removed(let name):
      state.names[name] = nil
      state.durableNames[name] = nil
    case .swapped(let name, let other):
      guard let first = state.names[name], let second = state.names[other] else { return }
      (state.names[name], state.names[other]) = (second, first)
      (state.durableNames[name], state.durableNames[other]) = (second, first)
    }
  }

  private func change(
    _ name: String, _ range: Range<Int>, of state: inout DiskState, _ body: (inout [UInt8]) -> Void
  ) {
    guard let file = state.names[name] else { return }
    state.files[file]?.damage { content in
      let range = range.clamped(to: 0..<content.count)
      guard !range.isEmpty else { return }
      var bytes = [UInt8](repeating: 0, count: range.count)
      bytes.withUnsafeMutableBytes { _ = content.read(into: $0, at: range.lowerBound) }
      body(&bytes)
      bytes.withUnsafeBytes { content.write($0, at: range.lowerBound) }
    }
  }
}
