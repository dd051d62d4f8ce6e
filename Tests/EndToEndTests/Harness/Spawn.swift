import Foundation
import Glibc

/// `posix_spawn(3)`: unlike Foundation's `Process` it leaves waiting and signals to us and hands on no descriptor.
enum Spawn {
  /// - Returns: the pid, to be waited for with `waitpid(2)`.
  /// - Throws: ``HarnessError`` when the program does not start.
  static func start(
    _ command: [String], environment: [String: String], stdout: String, stderr: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, stdout, flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, stderr, flags, 0o600)
    // A socket of a test must not live on in a node. One that is closed by now does no harm here.
    for descriptor in openDescriptors() where descriptor > STDERR_FILENO {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The tests ignore SIGPIPE and may run with signals blocked; a node starts with what a shell would give it.
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for string in arguments + variables { free(string) } }
    var pid: pid_t = 0
    let status = posix_spawnp(&pid, command[0], &actions, &attributes, &arguments, &variables)
    guard status == 0 else { throw HarnessError("\(command[0]): \(String(cString: strerror(status)))") }
    return pid
  }

  private static func openDescriptors() -> [Int32] {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.compactMap { Int32($0) } ?? []
  }
}
