import JSON
import LogStorage
import ReplicationCore

/// What `/health` tells of a node's log on the disk.
enum StorageHealth {
  static func members(_ log: any Log) -> [JSONValue.Member] {
    var members: [(String, JSONValue)] = [
      ("storage", .string(log is DiskLog ? "disk" : "memory")),
      ("log_id", log.identity.log == .none ? .null : .string("\(log.identity.log)")),
      ("storage_trouble", log.trouble.map { .string("\($0)") } ?? .null),
    ]
    if let disk = log as? DiskLog {
      let counts = disk.counts
      members += [
        ("sync", .string(disk.options.sync.rawValue)),
        ("syncs", .number(counts.syncs)),
        ("entries_written", .number(counts.entries)),
        ("bytes_written", .number(counts.bytes)),
      ]
    }
    return members.map { .init(name: $0.0, value: $0.1) }
  }
}
