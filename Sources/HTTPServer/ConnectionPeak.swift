/// How many connections there are, and were at most: after a crowd left, what it took goes back to the system.
///
/// libmicrohttpd takes the memory of a connection from the allocator where it is 32 KiB or less, and the allocator keeps what
/// was freed between things that stay. `malloc_trim(3)` gives back every whole page of it.
struct ConnectionPeak {
  /// For fewer that left it isn't worth a call.
  private static let leftMin = 100

  private var open = 0
  private var most = 0

  /// One more.
  mutating func connectionOpened() {
    open += 1
    most = max(most, open)
  }

  /// One fewer.
  mutating func connectionClosed() {
    open -= 1
  }

  /// Whether at least half of the most that there were have left, and enough of them; then the count begins anew.
  mutating func hasLeft() -> Bool {
    guard most - open >= max(Self.leftMin, open) else { return false }
    most = open
    return true
  }
}
