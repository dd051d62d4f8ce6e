/// Names one exchange of one client, for ``Client/cancel(_:)``.
public struct TransferID: Sendable, Hashable {
  /// Counted from 1; never used twice by a client.
  let number: UInt64
}
