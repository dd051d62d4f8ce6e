/// The body of one request as it comes in. The daemon's thread only.
struct IncomingBody {
  /// How far past twice the limit a sender may go: a few of the pieces that bytes come in.
  private static let slackBytes = 64 << 10

  /// Room is made for what was announced, so that a body isn't copied as it grows, but not for whatever a client claims: at
  /// most for so many times what has come.
  private static let roomFactor = 16

  private let bytesAnnounced: Int?
  /// Why the request will be refused once all of its body is there; its bytes are dropped from then on.
  private(set) var refusal: Refusal?
  private var bytes: [UInt8] = []
  /// All bytes that came, dropped ones too.
  private var bytesReceived = 0

  init(bytesAnnounced: Int?) {
    self.bytesAnnounced = bytesAnnounced
  }

  /// Takes in the next bytes, or drops them when a limit is passed. False: the sender goes on and on, cut it off.
  mutating func receive(_ piece: UnsafeRawBufferPointer, limits: ServerLimits, budget: BodyBudget) -> Bool {
    bytesReceived += piece.count
    if refusal == nil {
      if bytesReceived > limits.bodyBytesMax {
        drop(because: .bodyTooLarge(limitBytes: limits.bodyBytesMax), budget: budget)
      } else if budget.take(piece.count) {
        makeRoom(for: bytes.count + piece.count)
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

  private mutating func makeRoom(for count: Int) {
    guard let bytesAnnounced, count > bytes.capacity else { return }
    bytes.reserveCapacity(min(bytesAnnounced, Self.roomFactor * count))
  }

  private mutating func drop(because refusal: Refusal, budget: BodyBudget) {
    self.refusal = refusal
    _ = take(budget: budget)
  }
}
