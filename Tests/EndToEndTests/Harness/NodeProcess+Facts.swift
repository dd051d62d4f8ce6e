import Foundation
import Glibc

/// What the system says about a running process. `proc(5)`.
extension NodeProcess {
  /// How many threads it has.
  var threadCount: Int { statusNumber("Threads:") ?? 0 }

  /// Its resident memory, in bytes.
  var residentBytes: Int { (statusNumber("VmRSS:") ?? 0) * 1024 }

  /// The most resident memory it ever had, in bytes.
  var residentBytesMax: Int { (statusNumber("VmHWM:") ?? 0) * 1024 }

  /// How many descriptors it has open.
  var descriptorCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
  }

  /// The processor time it has used, all threads, user and system.
  var cpuTime: Duration {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      // The program's name, in parentheses, may hold spaces.
      let end = stat.lastIndex(of: ")")
    else { return .zero }
    let fields = stat[stat.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return .zero }
    return .seconds(Double(user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
  }

  private func statusNumber(_ name: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) })
    else { return nil }
    return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
  }
}
