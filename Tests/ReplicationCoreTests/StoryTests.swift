import Foundation
import Testing

/// The stories of `Stories`: what people who know the contract would tell, and what the core does.
///
/// A line with `>` is a command, a line with `#` a remark; what follows a command is what it must print. Commands are
/// those of `MasterStage` and `FollowerStage`, one handler each. With `STORIES_REWRITE=1` in the environment the files
/// are written anew with what the core does: read the difference before you keep it.
@Suite struct StoryTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Stories")

  private static var names: [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".txt") }.sorted()
  }

  @Test func thereAreStories() {
    #expect(Self.names.count >= 20)
  }

  @Test(arguments: names)
  func theStoryGoesAsItIsTold(name: String) throws {
    let file = Self.folder.appending(path: name)
    let told = try String(contentsOf: file, encoding: .utf8)
    let happened = try Story(told).play()
    if ProcessInfo.processInfo.environment["STORIES_REWRITE"] == "1" {
      try happened.write(to: file, atomically: true, encoding: .utf8)
    }
    let difference = zip(told.split(separator: "\n"), happened.split(separator: "\n")).first { $0 != $1 }
    #expect(told == happened, "\(name): told \(difference?.0 ?? "less"), happened \(difference?.1 ?? "less")")
  }
}
