package import JSON

/// How the nodes are, as the master sees them.
public struct ClusterStatus: Sendable, Hashable {
  /// One node.
  public struct Node: Sendable, Hashable {
    /// As the master knows it.
    public let url: String
    /// `master` or `follower`.
    public let role: String
    /// `Healthy`, `Suspected`, `Unhealthy`; of the master also `Read-only`; `No answer` of one that was asked itself.
    public let state: String
    /// The last entry that it is known to hold; nil where nothing is known.
    public let lastOffset: UInt64?
    /// How many entries of the master's it is not known to hold.
    public let lag: UInt64?
    /// How long the master hasn't heard of it, in milliseconds.
    public let lastContactMilliseconds: UInt64?
    /// What is wrong, in words; nil if nothing is.
    public let problem: String?
  }

  /// The master first, where it is known.
  public let nodes: [Node]

  /// Whether all is well; not where no master is known.
  public var isHealthy: Bool {
    nodes.contains { $0.role == "master" } && nodes.allSatisfy { $0.state == "Healthy" && $0.problem == nil }
  }

  init(nodes: [Node]) { self.nodes = nodes }

  /// - Parameters:
  ///   - data: of a node's `GET /health`.
  ///   - url: the node's.
  package init(_ data: JSONValue, of url: String) {
    let last = data["last_offset"]?.number
    let readOnly = data["read_only"]?.string
    let own = Node(
      url: url, role: data["role"]?.string ?? "unknown", state: readOnly == nil ? "Healthy" : "Read-only",
      lastOffset: last, lag: data["role"]?.string == "master" ? 0 : nil, lastContactMilliseconds: nil,
      problem: readOnly ?? data["storage_trouble"]?.string)
    nodes =
      [own]
      + (data["followers"]?.array ?? []).map { follower in
        let match = follower["match_offset"]?.number
        let problem = follower["problem"]?.string
        // In trouble and nothing matched: what it holds isn't known, and 0 would say that it is empty.
        let isKnown = problem == nil || match != 0
        return Node(
          url: follower["url"]?.string ?? "", role: "follower", state: follower["state"]?.string ?? "unknown",
          lastOffset: isKnown ? match : nil, lag: isKnown ? follower["lag"]?.number : nil,
          lastContactMilliseconds: follower["last_contact_ms"]?.number, problem: problem)
      }
  }
}
