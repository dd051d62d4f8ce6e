/// The body of one request as it comes in. The daemon's thread only.
struct IncomingBody {
  /// How far past twice the limit a sender may go: a few of the pieces that bytes come in.
  private static let slackBytes = 64 << 10

  /// Why the request will be refused once all of its body is there; its bytes are dropped from then on.
  private(set) var refusal: Refusal?
  private var bytes: [UInt8] = []
  /// All bytes that came, dropped ones too.
  private var bytesReceived = 0

  init(bytesAnnounced: Int?) {
    // Room in advance, but not for whatever a client claims.
    if let bytesAnnounced, bytesAnnounced > 0 { bytes.reserveCapacity(min(bytesAnnounced, 64 << 10)) }
  }

  /// Takes in the next bytes, or drops them when a limit is passed. False: the sender goes on and on, cut it off.
  mutating func receive(_ piece: UnsafeRawBufferPointer, limits: ServerLimits, budget: BodyBudget) -> Bool {
    bytesReceived += piece.count
    if refusal == nil {
      if bytesReceived > limits.bodyBytesMax {
        drop(because: .bodyTooLarge(limitBytes: limits.bodyBytesMax), budget: budget)
      } else if budget.take(piece.count) {
        bytes.append(contentsOf: piece)
      } else {
        drop(because: .bodiesTooLargeTogether(limitBytes: limits.bodiesBytesTotalMax), budget: budget)
      }
    }
    return bytesReceived <= 2 * limits.bodyBytesMax + Self.slackBytes
  }

  /// Hands the bytes over: the budget is free of them.
  mutating func take(budget: BodyBudget) -> [UInt8] {
    budget.giveBack(bytes.count)
    defer { bytes = [] }
    return bytes
  }

  private mutating func drop(because refusal: Refusal, budget: BodyBudget) {
    self.refusal = refusal
    _ = take(budget: budget)
  }
}
