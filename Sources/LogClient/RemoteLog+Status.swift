import JSON

extension RemoteLog {
  /// How the nodes are: as the master says. A follower is asked who that is; if it doesn't know, or the master doesn't answer,
  /// only that is told.
  /// - Throws: ``RemoteError`` where the first node doesn't tell.
  public func status() async throws(RemoteError) -> ClusterStatus {
    let data = try await health(of: url)
    let own = ClusterStatus(data, of: url)
    guard data["role"]?.string == "follower", let master = data["master"]?.string else { return own }
    do throws(RemoteError) {
      return ClusterStatus(try await health(of: master), of: master)
    } catch {
      let silent = ClusterStatus.Node(
        url: master, role: "master", state: "No answer", lastOffset: nil, lag: nil, lastContactMilliseconds: nil,
        problem: error.description)
      return ClusterStatus(nodes: [silent] + own.nodes)
    }
  }

  /// The master's URL, if the node is a follower and knows it.
  package func master() async -> String? { (try? await health(of: url))?["master"]?.string }

  private func health(of url: String) async throws(RemoteError) -> JSONValue {
    let answer = try await get(url, "/health", timeout: Self.grace)
    guard answer.status == 200, answer.data["role"] != nil else { throw RemoteError(answer, from: url) }
    return answer.data
  }
}
