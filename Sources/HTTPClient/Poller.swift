internal import CCurl
internal import Glibc
internal import Locking

/// Waits for sockets, for libcurl's timer and for a bell, with epoll.
///
/// epoll and not `curl_multi_poll` with `curl_multi_perform`, because those two look at every transfer whenever one of them
/// moves: 64 requests to a follower that is slow made each request to another one cost four times as much.
///
/// Thread rule: the thread of the ``CurlLoop``, apart from ``ring()``.
final class Poller {
  /// A socket that something happened to.
  struct Ready {
    let socket: Int32
    let reads: Bool
    let writes: Bool
  }

  /// What the last ``wait(milliseconds:)`` found.
  private(set) var ready: [Ready] = []
  private var deadline: Moment?
  private let epoll: Int32
  private let bell: Int32
  /// Watched for nothing but the end of the sleep.
  private var other: Int32 = -1
  private var events = [epoll_event](repeating: epoll_event(), count: 64)

  /// - Throws: ``ClientError/Kind/other`` when the system gives no descriptor.
  init() throws(ClientError) {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard epoll >= 0, bell >= 0 else {
      throw ClientError(.other, detail: "no descriptor to wait with: \(String(cString: strerror(errno)))")
    }
    watch(bell, reads: true, writes: false)
  }

  deinit {
    // One of them may be -1, which is refused and harmless.
    close(epoll)
    close(bell)
  }

  /// Changes what is to be told about a socket; neither reads nor writes means nothing any more.
  func watch(_ socket: Int32, reads: Bool, writes: Bool) {
    guard reads || writes else {
      // It fails for a socket that is closed already, which the system has then forgotten by itself.
      epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
      return
    }
    var event = epoll_event()
    event.events = (reads ? EPOLLIN.rawValue : 0) | (writes ? EPOLLOUT.rawValue : 0)
    event.data.fd = socket
    // Added first, since most calls are about a kept connection whose next exchange begins.
    if epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) == 0 { return }
    let isDone = errno == EEXIST && epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) == 0
    precondition(isDone, "epoll_ctl: \(String(cString: strerror(errno)))")
  }

  /// Ends waits when a descriptor that isn't libcurl's is readable. One at a time.
  func watchOther(_ descriptor: Int32) {
    other = descriptor
    watch(descriptor, reads: true, writes: false)
  }

  /// Forgets what ``watchOther(_:)`` was told, which may be closed already.
  func forgetOther() {
    watch(other, reads: false, writes: false)
    other = -1
  }

  /// Sets libcurl's timer; a negative time takes it away.
  func setTimer(milliseconds: Int) {
    deadline = milliseconds < 0 ? nil : Moment.now + .milliseconds(milliseconds)
  }

  /// Whether libcurl's timer has run out. It takes the timer away: libcurl sets it again.
  func takeTimer() -> Bool {
    guard let deadline, Moment.now >= deadline else { return false }
    self.deadline = nil
    return true
  }

  /// Waits until a socket is ready, the timer has run out, the bell is rung or time is up; fills ``ready``.
  ///
  /// - Parameter milliseconds: the longest wait.
  func wait(milliseconds: Int32) {
    let untilTimer = deadline.map { ($0 - Moment.now).milliseconds(in: 0...Int32.max) } ?? Int32.max
    let count = epoll_wait(epoll, &events, Int32(events.count), min(milliseconds, untilTimer))
    precondition(count >= 0 || errno == EINTR, "epoll_wait: \(String(cString: strerror(errno)))")
    for event in events.prefix(Int(max(count, 0))) {
      if event.data.fd == bell {
        var rings: eventfd_t = 0
        eventfd_read(bell, &rings)
        continue
      }
      if event.data.fd == other { continue }
      // An error or a hang-up is left for libcurl to find: it looks itself when neither flag is set.
      let reads = event.events & EPOLLIN.rawValue != 0
      let writes = event.events & EPOLLOUT.rawValue != 0
      ready.append(Ready(socket: event.data.fd, reads: reads, writes: writes))
    }
  }

  /// Forgets what the last wait found.
  func clearReady() {
    ready.removeAll(keepingCapacity: true)
  }

  /// Ends the present or the next ``wait(milliseconds:)``. Any thread.
  func ring() {
    eventfd_write(bell, 1)
  }
}
