internal import Glibc

/// What a fuzzer begins with: small valid inputs, made by the program itself so that they are always of its present form.
public enum Seeds {
  /// Where to write them; then the program ends.
  static let variable = "FUZZ_SEEDS"

  /// Writes the inputs, one file each, if the environment names a folder for them. To be called by libFuzzer's initialiser.
  public static func writeIfAsked(_ inputs: () -> [[UInt8]]) {
    guard let folder = getenv(variable).map({ String(cString: $0) }) else { return }
    for (index, input) in inputs().enumerated() {
      guard let file = fopen("\(folder)/seed-\(index)", "wb") else { fatalError("can't write to \(folder)") }
      let count = fwrite(input, 1, input.count, file)
      precondition(fclose(file) == 0 && count == input.count, "can't write to \(folder)")
    }
    exit(0)
  }
}
