/// What the clients of a cluster did and were told, and what all nodes show in the end.
///
/// Values only, so that a history can be written down by hand. All moments are of one monotonic clock.
struct History: Sendable {
  /// Nanoseconds since the beginning of the run.
  typealias Moment = Int

  /// How many nodes there are. Node 0 is the master.
  var nodes = 3
  var requests: [KeyedRequest] = []
  var reads: [Read] = []
  var holdings: [Holding] = []
  /// When processes were started after the first ones.
  var starts: [Start] = []
  /// The whole log as each node shows it when all is over.
  var logs: [[Entry]] = []

  /// A message in the log.
  struct Entry: Sendable, Hashable {
    let offset: Int
    let epoch: Int
    let text: String
  }

  /// A node held no more than this at that moment: nothing is taken away from what counted for an answer.
  struct Holding: Sendable {
    let node: Int
    let at: Moment
    let last: Int
  }

  /// The start of another process of a node: the moment is before it, and after the end of the one before.
  struct Start: Sendable {
    let node: Int
    let at: Moment
  }

  var majority: Int { nodes / 2 + 1 }
}

extension History {
  /// One request with a key: an attempt to add, or one of the two ways to find out.
  struct KeyedRequest: Sendable {
    enum Kind: Sendable, Hashable {
      case add(text: String)
      /// `GET /requests/{key}`
      case ask
      /// `DELETE /requests/{key}`
      case seal
    }

    let key: String
    let kind: Kind
    /// How many nodes must hold it before it is told as committed.
    let writeConcern: Int
    let call: Moment
    /// Nil while there is no answer: then there may have been none, or one that was lost.
    var answer: Answer?
  }

  /// What was told of a key.
  struct Answer: Sendable {
    /// When it came.
    let at: Moment
    let outcome: Outcome
    var offset: Int?
    var epoch: Int?
    /// Whether the master is named among those that hold it durably.
    var isHeldByMaster = false

    /// Whether it holds for ever, the offset too.
    var isFinal: Bool {
      switch outcome {
      case .committed, .sealed: true
      // With fewer than the master's own disk it could go with the process.
      case .pending: isHeldByMaster
      case .unknown, .notWritten, .notSeen: false
      }
    }
  }

  enum Outcome: String, Sendable {
    case committed, pending, unknown
    /// The key is sealed: nothing was written with it, and nothing will be.
    case sealed
    /// This request wrote nothing; another one with the key may.
    case notWritten = "not_written"
    /// No entry has the key.
    case notSeen = "not_seen"
  }

  /// One page, as a node answered it.
  struct Read: Sendable {
    enum Level: String, Sendable, CaseIterable { case local, committed }

    /// A message of a page; offset and epoch if the page told them.
    struct Message: Sendable, Hashable, Decodable {
      let text: String
      var offset: Int?
      var epoch: Int?
    }

    let node: Int
    var level = Level.local
    let from: Int
    let limit: Int
    var minOffset: Int?
    /// How long the node was to wait, in nanoseconds.
    var wait = 0
    let call: Moment
    let end: Moment
    /// 504: the node doesn't show `minOffset`.
    var status = 200
    /// The last that the node shows.
    let last: Int
    /// Where the next page begins.
    var next = 0
    var messages: [Message] = []
  }
}
