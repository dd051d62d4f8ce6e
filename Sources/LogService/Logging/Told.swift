import Locking

/// What people were told last, so that they are told once.
final class Told<Value: Hashable & Sendable>: Sendable {
  private let value: Locked<Value>

  init(_ value: Value) {
    self.value = Locked(value)
  }

  /// - Returns: whether `new` is something else than what was told.
  func exchange(_ new: Value) -> Bool {
    value.withLock { value in
      defer { value = new }
      return value != new
    }
  }
}
