/// A text of commands and of what they print.
struct Story {
  /// Why a story can't be played: an unknown command, or a word that it doesn't know.
  struct Unclear: Error {
    let line: String
    let reason: String
  }

  private let lines: [String]

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// Carries out the commands.
  /// - Returns: the story with what really happened below each command.
  func play() throws -> String {
    var master = try MasterStage()
    var follower = FollowerStage()
    var output: [String] = []
    for line in lines {
      // What was printed when the story was told is left out, and printed anew.
      guard line.hasPrefix(">") else {
        if line.isEmpty || line.hasPrefix("#") { output.append(line) }
        continue
      }
      output.append(line)
      var words = try Words(line.dropFirst())
      let isFollowers = FollowerStage.commands.contains(words.command)
      let printed = isFollowers ? try follower.carryOut(&words) : try master.carryOut(&words)
      try words.finish()
      output += printed
    }
    return output.joined(separator: "\n")
  }
}
