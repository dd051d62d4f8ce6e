/// What the master thinks of a follower, by how long it has been silent.
public enum FollowerState: String, Sendable, Hashable {
  /// Heard within `ReplicationSettings.suspectedAfter`.
  case healthy = "Healthy"
  /// Silent for longer.
  case suspected = "Suspected"
  /// Silent for `ReplicationSettings.unhealthyAfter` or longer, or never heard.
  case unhealthy = "Unhealthy"

  /// - Parameters:
  ///   - silence: the time since the last answer; nil if there never was one.
  ///   - settings: where the limits are.
  public init(silence: Interval?, settings: ReplicationSettings) {
    switch silence {
    case .some(let silence) where silence < settings.suspectedAfter: self = .healthy
    case .some(let silence) where silence < settings.unhealthyAfter: self = .suspected
    default: self = .unhealthy
    }
  }
}
