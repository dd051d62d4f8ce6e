import Foundation

/// A folder of its own, removed with the last reference.
final class Folder: Sendable {
  let path = "\(NSTemporaryDirectory())/replog-e2e-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
