import Glibc

/// Options from the environment: they become arguments, so that they are read and checked in one place.
enum Environment {
  /// - Parameters:
  ///   - given: the command line without the program's name.
  ///   - variables: the environment.
  /// - Returns: the command line with what the environment adds to it. An empty variable counts as none.
  static func arguments(_ given: some Sequence<String>, _ variables: [String: String]) -> [String] {
    let given = Array(given)
    guard let options = options(of: given.first) else { return given }
    var added: [String] = []
    for option in options {
      guard let value = variables[variable(of: option)], !value.isEmpty, !isGiven(option, in: given) else { continue }
      let values = option == listOption ? value.split(separator: ",").map { String($0.trimmingSpaces) } : [value]
      for value in values { added.append("\(option)=\(value)") }
    }
    // Behind the command's name: what follows a -- is no option.
    return given.prefix(1) + added + given.dropFirst()
  }

  /// The variable that an error message is about: its option is named there, and was not on the command line.
  static func variable(
    namedIn message: String, _ given: [String], _ variables: [String: String]
  ) -> String? {
    options(of: given.dropFirst().first)?
      .first { message.contains("'\($0)") && !isGiven($0, in: given) && variables[variable(of: $0)] != nil }
      .map(variable)
  }

  /// The variables that look as if they were options and are none of any command.
  static func unknown(_ variables: [String: String]) -> [String] {
    let options =
      NodeOptions.names + MasterCommand.names + FollowerCommand.names + HealthCommand.names + ClientOptions.names
    let known = Set(options.map(variable) + ofTheScriptsAndTests)
    return variables.keys.filter { $0.hasPrefix("REPLOG_") && !known.contains($0) }.sorted()
  }

  private static let listOption = "--follower"
  private static let ofTheScriptsAndTests = ["REPLOG_BINARY", "REPLOG_LONG", "REPLOG_SEED"]

  private static func variable(of option: String) -> String {
    let name = option.dropFirst(2).replacing("-", with: "_").uppercased()
    return "REPLOG_\(name)\(option == listOption ? "S" : "")"
  }

  private static func isGiven(_ option: String, in arguments: [String]) -> Bool {
    arguments.prefix { $0 != "--" }.contains { $0 == option || $0.hasPrefix("\(option)=") }
  }

  private static func options(of command: String?) -> [String]? {
    switch command {
    case "master": NodeOptions.names + MasterCommand.names
    case "follower": NodeOptions.names + FollowerCommand.names
    case "health": HealthCommand.names
    case "add", "read", "status", "receipt", "bench": ClientOptions.names
    default: nil
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text
  }
}

/// The environment of the process.
enum ProcessEnvironment {
  static var variables: [String: String] {
    var variables: [String: String] = [:]
    var place = environ
    while let entry = place.pointee {
      let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      place += 1
    }
    return variables
  }
}
