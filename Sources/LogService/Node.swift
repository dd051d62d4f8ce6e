/// A node that answers requests until it is stopped.
public protocol Node: Sendable {
  /// The port it listens on.
  var port: Int { get }

  /// Stops it: waiting requests get their answer, exchanges end, the daemon and the senders end. Any thread; further
  /// calls wait for the first. Returns within `NodeConfiguration.stopGrace` and a few seconds.
  func stop() async
}
