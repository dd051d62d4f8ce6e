import Locking

/// One request and its answer, from the first callback to the request-completed callback.
///
/// ```
/// receiving ──▶ running ──▶ finished ──────▶ answered ──▶ ended
///   │   │         │├──▶ held ──▶ ▲              ▲           ▲
///   │   │         ││     └────▶ suspended ────▶ ▲           │
///   │   │         │└─(at once, or forced)─────▶ ▲           │
///   │   └─(refused)───────────────────────────▶ ▲           │
///   └─(client left; so from held)───────────────────────────┘
/// ```
///
/// Who waits is held first: the library asks for the answer in each turn, which for a short wait costs less than taking the
/// connection out of its set and putting it back (`docs/adr/0017-short-waits.md`).
///
/// Everything up to `handle` happens on the daemon's thread; from there on the state's lock decides who answers.
/// Unchecked: `connection` is the library's and is touched by the one who may (see `Stage`), `body` by the daemon's
/// thread only.
final class Exchange: @unchecked Sendable {
  let engine: Engine
  let connection: OpaquePointer
  /// Good while the connection is held or suspended.
  let socket: Int32
  let head: RequestHead
  var body: IncomingBody
  /// Whether all of the request came. The daemon's thread only.
  var isComplete = false
  /// Whether the loop counts the exchange as one whose body comes in with no length announced. The daemon's thread only.
  var isOfUnknownLength = false
  /// Whether the ledger counts the exchange. The daemon's thread only.
  var isAdmitted = false
  /// How long the connection is held. The daemon's thread only.
  var hold: Hold?
  /// The form of a template that was queued, if one was. It is given back with the exchange, which lives until the library has let
  /// go of the request. Touched by who queues.
  var formInUse: FormInUse?
  let state = Locked(State())

  struct State {
    var stage = Stage.receiving
    var line = JobLine()
    /// Whether the handler was told already that nobody waits.
    var isCancelled = false
    /// Whether a stop wants an answer although the exchange did not wait yet.
    var isForced = false
  }

  struct Hold {
    let place: WaitingList.Place
    let end: Moment
  }

  /// What an exchange waits for.
  enum Work {
    /// The handler's task.
    case task(Task<Void, Never>)
    /// A prompt handler's `Answering.answer(_:)`; the closure is its `onHangUp`.
    case answer(onHangUp: @Sendable () -> Void)
  }

  enum Stage {
    /// Head or body are coming in. The connection is the daemon's thread's.
    case receiving
    /// The handler was started by the last callback, which has not returned.
    case running
    /// The handler returned before the connection was suspended. The callback, or the next one, will answer.
    case finished(Response)
    /// The callback returned without an answer: the library calls it in each turn.
    case held(Work)
    /// The connection is suspended. Who takes the exchange out of this stage answers and resumes it.
    case suspended(Work, WaitingList.Place)
    /// An answer was queued, or could not be.
    case answered
    /// The library has let go of the request; the connection may be another request's or gone.
    case ended
  }

  init(engine: Engine, connection: OpaquePointer, socket: Int32, head: RequestHead) {
    self.engine = engine
    self.connection = connection
    self.socket = socket
    self.head = head
    body = IncomingBody(bytesAnnounced: head.bodyBytesAnnounced)
  }
}
