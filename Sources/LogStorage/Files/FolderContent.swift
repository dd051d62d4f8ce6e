/// What the names in a node's folder stand for.
enum FolderContent {
  /// What names begin with that were set aside: the node never reads them.
  static let asidePrefix = "aside-"

  /// Whether a file of this name shows that a log lies here.
  static func isOfALog(_ name: String) -> Bool {
    NodeFiles.names.contains(name) || name == DurableMarkFile.name || SegmentHeader.first(ofName: name) != nil
  }

  /// Whether a file of this name has no place in a new node's folder.
  static func isForeign(_ name: String) -> Bool {
    let isOurs =
      [FolderLock.name, KeysFile.name, FolderReplacement.building].contains(name) || name.hasPrefix(asidePrefix)
      || name.hasSuffix(NodeFiles.unfinishedSuffix)
    let isCommon = name == "lost+found" || name.hasPrefix(".")
    return !isOfALog(name) && !isOurs && !isCommon
  }

  /// The segments among the names, in the order of their offsets.
  static func segments(_ names: [String]) -> [String] {
    names.filter { SegmentHeader.first(ofName: $0) != nil }.sorted()
  }
}
