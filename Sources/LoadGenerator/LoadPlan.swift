internal import JSON
public import LogClient

/// What a run sends: how much, how fast, over how many connections.
public struct LoadPlan: Sendable, Equatable {
  /// When a run sends no more.
  public enum Extent: Sendable, Equatable {
    /// After so long.
    case lasting(Duration)
    /// After so many requests.
    case count(Int)
  }

  /// How many requests may be on their way at a time.
  public static let connectionsAllowed = 1...1024
  /// How long a run may last, in seconds; one that has a count ends there too.
  public static let secondsAllowed = 0.1...3600
  /// How many requests a run may have.
  public static let countAllowed = 1...1_000_000_000
  /// How many requests may be due in a second.
  public static let rateAllowed = 1...1_000_000
  /// How many messages a request may bring.
  public static let batchAllowed = 1...10_000
  /// How many bytes of text the messages of a request may have together: a node takes a body of 16 MiB.
  public static let textBytesAllowed = 0...16_000_000
  /// How long an answer is waited for, beside the limit that the request itself may carry.
  public static let patience = Duration.seconds(30)

  /// How many requests are on their way at a time, at most.
  public var connections = 64
  /// When the run sends no more.
  public var extent = Extent.lasting(.seconds(10))
  /// How many bytes each message has.
  public var textBytes = 32
  /// How many requests are due in a second, answers or not; nil to send the next as soon as one is answered.
  public var rate: Int?
  /// How many messages each request brings: 1 as a string, more as a list.
  public var batch = 1
  /// Whether each request has a key of its own.
  public var hasKeys = false
  /// What is asked for; nil to leave it to the master, which takes a majority.
  public var writeConcern: WriteConcern?
  /// How long the master is to wait for the write concern; nil for as long as it takes.
  public var timeout: Duration?

  /// A run of ten seconds, closed loop, 64 connections, 32 bytes.
  public init() {}

  /// When a run ends at the latest.
  var end: Duration {
    switch extent {
    case .lasting(let duration): duration
    case .count: .seconds(Self.secondsAllowed.upperBound)
    }
  }

  /// The body of every request: it is made once.
  var body: [UInt8] {
    let text = JSONValue.string(String(repeating: "x", count: textBytes))
    var members = [
      JSONValue.Member(name: "data", value: batch == 1 ? text : .array(Array(repeating: text, count: batch)))
    ]
    if let writeConcern { members.append(JSONValue.Member(name: "write_concern", value: writeConcern.json)) }
    if let timeout {
      let milliseconds = max(1, UInt64(timeout / .milliseconds(1)))
      members.append(JSONValue.Member(name: "timeout_ms", value: .number(milliseconds)))
    }
    var bytes: [UInt8] = []
    JSONValue.object(members).write(to: &bytes)
    return bytes
  }
}
