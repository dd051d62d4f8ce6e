import Foundation

/// The files of a node's log, looked at and spoiled from outside. Their layout is that of docs/storage-format.md.
struct DataFolder: Sendable {
  let path: String

  /// The size of a file's header: entries begin after it.
  static let headerBytes = 4096

  /// The names of all files, in order.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  /// The names of the segments, in the order of their entries.
  var segments: [String] { names.filter { $0.count == 24 && $0.hasSuffix(".log") } }

  /// The names of what was set aside.
  var asides: [String] { names.filter { $0.hasPrefix("aside-") } }

  func bytes(of name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
  }

  /// Where in a file a text lies.
  func position(of text: String, in name: String) throws -> Int {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))
    guard let range = data.range(of: Data(text.utf8)) else { throw HarnessError("\(text) is not in \(name)") }
    return range.lowerBound
  }

  /// Where in a file the entries end and the zeros begin.
  func entriesEnd(in name: String) throws -> Int {
    let bytes = try bytes(of: name)
    return (bytes.lastIndex { $0 != 0 } ?? -1) + 1
  }

  /// Writes over a part of a file, or beyond its end.
  func write(_ bytes: [UInt8], at position: Int, in name: String) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(path)/\(name)"))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(position))
    try file.write(contentsOf: bytes)
  }

  /// Turns one bit of a file over.
  func flipBit(at position: Int, in name: String) throws {
    try write([try bytes(of: name)[position] ^ 0x10], at: position, in: name)
  }

  func truncate(_ name: String, to size: Int) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: "\(path)/\(name)"))
    defer { try? file.close() }
    try file.truncate(atOffset: UInt64(size))
  }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }

  /// Copies all of it, as a backup does.
  func copy(to other: String) throws {
    try FileManager.default.copyItem(atPath: path, toPath: other)
  }

  /// Puts a copy of another folder in its place, as a restore does.
  func replace(with other: String) throws {
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: other, toPath: path)
  }

  /// A file's permissions.
  func mode(of name: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")
    return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
  }
}

extension Cluster.Node {
  /// The files of its log.
  var data: DataFolder { DataFolder(path: dataDirectory) }

  /// `replog verify` on its folder.
  func verify() async throws -> Program { try await Program.run(["verify", dataDirectory], within: .seconds(60)) }

  /// The last offset that `replog verify` finds in its folder.
  func lastOffsetInFolder() async throws -> Int {
    let check = try await verify()
    guard check.exit == .status(0), let last = check.stdout.firstMatch(of: #/last offset (\d+)/#).flatMap({ Int($0.1) })
    else { throw HarnessError("verify: \(check)") }
    return last
  }

  /// The texts that `replog dump` finds in its folder.
  func dumpedTexts() async throws -> [String] {
    let program = try await Program.run(["dump", dataDirectory, "--json"], within: .seconds(60))
    guard program.exit == .status(0) else { throw HarnessError("dump: \(program.stderr)") }
    return try program.stdout.split(separator: "\n").map { line in
      guard let text = JSON(Array(line.utf8))?["text"]?.string else { throw HarnessError("not JSON: \(line)") }
      return text
    }
  }
}
