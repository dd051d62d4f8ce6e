import HTTPServer
import Locking

/// Pieces that come over time, for any number of live bodies, each of which begins at the first.
final class TestFeed: Sendable {
  private struct Failure: Error {}

  private enum End {
    case ended
    case failed
  }

  private struct State {
    var pieces: [[UInt8]] = []
    var end: End?
    var asked = 0
    var readers = 0
    var beforeNothing: @Sendable () -> Void = {}
  }

  private let state = Locked(State())
  private let pause: Duration

  /// - Parameter pause: after which a body that has nothing is asked again.
  init(pause: Duration = .seconds(1000)) {
    self.pause = pause
  }

  /// How often the bodies were asked.
  var asked: Int { state.withLock(\.asked) }
  /// Whether every body's closure was released.
  var isReleased: Bool { state.withLock { $0.readers == 0 } }

  /// Answers with a live body.
  var handler: Handler {
    { _ in
      let reader = Reader(self)
      return Response(status: 200, body: .live { try reader.next() })
    }
  }

  /// Names what a body does after it has found nothing and before it says so.
  func beforeNothing(_ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.beforeNothing = body }
  }

  func add(_ piece: String, wake server: Server) {
    state.withLock { $0.pieces.append(Array(piece.utf8)) }
    server.wakeLiveBodies()
  }

  func end(wake server: Server) {
    state.withLock { $0.end = .ended }
    server.wakeLiveBodies()
  }

  func fail(wake server: Server) {
    state.withLock { $0.end = .failed }
    server.wakeLiveBodies()
  }

  private final class Reader: Sendable {
    private let feed: TestFeed
    private let position = Locked(0)

    init(_ feed: TestFeed) {
      self.feed = feed
      feed.state.withLock { $0.readers += 1 }
    }

    deinit {
      feed.state.withLock { $0.readers -= 1 }
    }

    func next() throws -> LivePiece {
      let position = position.withLock { position in
        position += 1
        return position - 1
      }
      let (piece, end) = feed.state.withLock { state in
        state.asked += 1
        return (position < state.pieces.count ? state.pieces[position] : nil, state.end)
      }
      if let piece { return .bytes(piece) }
      self.position.withLock { $0 = position }
      switch end {
      case .ended: return .end
      case .failed: throw Failure()
      case nil:
        feed.state.withLock(\.beforeNothing)()
        return .nothing(until: .now + feed.pause)
      }
    }
  }
}
