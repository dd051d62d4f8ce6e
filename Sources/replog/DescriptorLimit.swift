import Glibc

/// The number of descriptors that the process may open. `getrlimit(2)`.
enum DescriptorLimit {
  /// What the process needs besides the connections of its clients.
  static let reserve = 512

  /// Raises the soft limit to the hard one.
  /// - Returns: the limit from now on, a million at most.
  static func raise() -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    var raised = limit
    raised.rlim_cur = min(limit.rlim_max, 1_048_576)
    if raised.rlim_cur > limit.rlim_cur, setrlimit(resource, &raised) == 0 { limit = raised }
    return Int(min(limit.rlim_cur, 1_048_576))
  }
}
