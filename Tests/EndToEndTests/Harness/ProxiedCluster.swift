/// A cluster with fault proxies on the way to its first followers.
enum ProxiedCluster {
  /// - Parameters:
  ///   - followers: how many there are.
  ///   - proxied: how many of them have a proxy before them.
  ///   - masterOptions: more arguments of the master.
  /// - Returns: the running cluster, and the proxies, which the caller stops.
  static func start(
    followers: Int, proxied: Int, masterOptions: [String] = []
  ) async throws -> (Cluster, [FaultProxy]) {
    var proxies: [FaultProxy] = []
    let cluster = try Cluster(delays: Array(repeating: 0, count: followers), masterOptions: masterOptions) { urls in
      proxies = try urls.prefix(proxied).map { try FaultProxy(toURL: $0) }
      return proxies.map(\.url) + urls.dropFirst(proxied)
    }
    for follower in cluster.followers { try await follower.start() }
    try await cluster.master.start()
    guard await cluster.becomesHealthy() else { throw HarnessError("not healthy: \(cluster.master.process.stderr)") }
    return (cluster, proxies)
  }
}
