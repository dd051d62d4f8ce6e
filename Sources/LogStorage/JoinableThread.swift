internal import Glibc

/// A thread of the operating system, which somebody waits for in the end.
final class JoinableThread: Sendable {
  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let thread: pthread_t

  /// Starts a thread.
  /// - Throws: `FileError`, under the operation "start a thread", if the system has none left.
  init(_ body: @escaping @Sendable () -> Void) throws(FileError) {
    let context = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, Self.run, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw FileError(operation: "start a thread for", name: "the log", code: code)
    }
    self.thread = thread
  }

  /// Returns when the thread has ended. To be called once.
  func join() {
    pthread_join(thread, nil)
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
    if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
    return nil
  }
}
