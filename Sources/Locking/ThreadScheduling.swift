internal import Glibc

/// How the operating system shares its cores among the threads.
public enum ThreadScheduling {
  /// From now on the calling thread, when it is woken, takes a core that is free, or waits until the one that woke it sleeps,
  /// rather than interrupting it (`SCHED_BATCH`, `sched(7)`).
  ///
  /// For a thread that does at once what others have left for it: with a core to spare nothing changes; without one it finds
  /// more to do each time it runs, and fewer switches are made. It needs no privilege; where it isn't allowed, the thread goes on
  /// as before.
  public static func gatherBeforeRunning() { setPolicy(batchPolicy) }

  /// From now on the calling thread runs as soon as it can, as threads do (`SCHED_OTHER`), and so do those that it starts:
  /// a new thread is scheduled like the one that started it, and one of the pool may have been started by one that gathers.
  public static func runAtOnce() { setPolicy(0) }

  /// `SCHED_BATCH` of `<sched.h>`, which glibc declares for programs in C that ask for GNU's names.
  private static let batchPolicy: Int32 = 3

  private static func setPolicy(_ policy: Int32) {
    var parameters = sched_param(sched_priority: 0)
    pthread_setschedparam(pthread_self(), policy, &parameters)
  }
}
