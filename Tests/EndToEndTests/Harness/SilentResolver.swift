import Foundation
import Glibc

/// A name server that takes questions and never answers, for one process whose `/etc/resolv.conf` names it.
///
/// It needs root, for port 53 and for a mount of the process's own.
final class SilentResolver {
  private static let address: [UInt8] = [127, 77, 53, 1]
  private let descriptor: Int32
  private let configuration = "\(NSTemporaryDirectory())/replog-e2e-resolver-\(UUID().uuidString)"

  /// - Throws: ``HarnessError`` where this can't be done.
  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw HarnessError("no socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(53).bigEndian
    address.sin_addr.s_addr = Self.address.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }.bigEndian
    let status = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let name = Self.address.map { "\($0)" }.joined(separator: ".")
    guard status == 0,
      FileManager.default.createFile(
        atPath: configuration, contents: Data("nameserver \(name)\noptions timeout:30\n".utf8))
    else {
      close(descriptor)
      throw HarnessError("no name server on \(name): \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    close(descriptor)
    unlink(configuration)
  }

  /// Runs what follows with this name server and no other.
  var wrapper: [String] {
    [
      "unshare", "-m", "sh", "-c", #"mount --bind "$0" /etc/resolv.conf && exec "$@""#, configuration,
    ]
  }

  /// Whether a question is there.
  var wasAsked: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) >= 0
  }

  /// Whether it works here.
  static let isPossible: Bool = {
    guard geteuid() == 0, let resolver = try? SilentResolver(),
      let pid = try? Spawn.start(
        resolver.wrapper + ["true"], environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"], stdout: "/dev/null",
        stderr: "/dev/null")
    else { return false }
    var status: Int32 = 0
    return waitpid(pid, &status, 0) == pid && status == 0
  }()
}
