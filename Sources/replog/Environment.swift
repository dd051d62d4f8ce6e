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
    var arguments = given
    for option in options {
      let name = option.dropFirst(2).replacing("-", with: "_").uppercased()
      let isList = option == "--follower"
      guard let value = variables["REPLOG_\(name)\(isList ? "S" : "")"], !value.isEmpty,
        !given.contains(where: { $0 == option || $0.hasPrefix("\(option)=") })
      else { continue }
      let values = isList ? value.split(separator: ",").map { String($0.trimmingSpaces) } : [value]
      for value in values { arguments.append("\(option)=\(value)") }
    }
    return arguments
  }

  private static func options(of command: String?) -> [String]? {
    switch command {
    case "master": NodeOptions.names + MasterCommand.names
    case "follower": NodeOptions.names + FollowerCommand.names
    case "health": HealthCommand.names
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
