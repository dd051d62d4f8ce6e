/// The version of the program.
public enum Version {
  /// As in CHANGELOG.md.
  public static let current = "0.3.0"
}
