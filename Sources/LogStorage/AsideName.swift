internal import ReplicationCore

/// The names of files with entries that were cut: `aside-<epoch>-<first offset>-<n>.log`. The node never reads them.
enum AsideName {
  /// A name that no file has.
  /// - Parameters:
  ///   - names: of all files.
  ///   - epoch: on whose word the entries are cut.
  ///   - first: the first of them.
  static func unused(among names: [String], epoch: Epoch, first: Offset) -> String {
    var number = 1
    while true {
      let name = "\(FolderContent.asidePrefix)\(epoch)-\(first)-\(number).log"
      if !names.contains(name) { return name }
      number += 1
    }
  }
}
