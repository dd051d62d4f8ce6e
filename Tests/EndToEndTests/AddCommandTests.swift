import Foundation
import Glibc
import Testing

/// "`replog add TEXT…` … makes a key by itself and retries lost answers safely"; "exit codes by outcome (0 committed, 3 pending,
/// 4 not written, 5 unknown after all retries)".
@Suite(.serialized) struct AddCommandTests {
  private func json(_ program: Program) -> JSON? { JSON(Array(program.stdout.utf8)) }

  @Test func committed_SaysWhereItIs() async throws {
    let cluster = try await Cluster.start()
    let url = cluster.master.url
    let plain = try await Program.run(["add", "a", "--url", url])
    #expect(plain.exit == .status(0) && plain.stderr.isEmpty)
    #expect(plain.stdout == "offset 1, held by a majority of the nodes\n")
    let all = try await Program.run(["add", "", "-w", "all", "--json"], environment: ["REPLOG_URL": url])
    #expect(all.exit == .status(0) && all.stdout.split(separator: "\n").count == 1)
    let object = try #require(json(all))
    #expect(object["outcome"]?.string == "committed" && object["offset"]?.int == 2 && object["epoch"]?.int == 1)
    #expect(object["key"]?.string?.count == 32 && object["attempts"]?.int == 1 && object["replayed"] == .bool(false))
    // A follower says where the master is. What follows -- is no option.
    let other = try await Program.run(
      ["add", "-w", "2", "--", "--key"], environment: ["REPLOG_URL": cluster.followers[0].url])
    #expect(other.stdout == "offset 3, held by 2 nodes\n", "\(other)")
    #expect(try await cluster.master.client.messages() == ["a", "", "--key"])
  }

  @Test func aKeyIsCarriedOutOnce() async throws {
    let cluster = try await Cluster.start(delays: [])
    let add = ["add", "--url", cluster.master.url, "--key", #"k/"1"\"#]
    #expect(try await Program.run(add + ["a"]).stdout == "offset 1, held by a majority of the nodes\n")
    let again = try await Program.run(add + ["a"])
    #expect(again.stdout == "offset 1, held by a majority of the nodes; it was there already\n")
    let other = try await Program.run(add + ["b"])
    #expect(other.exit == .status(4) && other.failedWithOneLine, "\(other)")
    #expect(other.stderr.contains("the key is that of another message"))
    #expect(try await cluster.master.client.messages() == ["a"])
  }

  @Test func pending_IsStoredAndNamesWhoDoesNotHoldIt() async throws {
    let cluster = try await Cluster.start()
    cluster.followers[1].pause()
    let add = ["add", "a", "--url", cluster.master.url, "-w", "all", "--timeout", "0.5", "--key", "k"]
    let plain = try await Program.run(add)
    #expect(plain.exit == .status(3) && plain.failedWithOneLine, "\(plain)")
    #expect(
      plain.stderr.contains("stored at offset 1") && plain.stderr.contains("not yet by \(cluster.followers[1].url)"))
    let object = try #require(json(try await Program.run(add + ["--json"])))
    #expect(object["outcome"]?.string == "pending" && object["offset"]?.int == 1)
    #expect(object["missing"]?.array?.map(\.string) == [cluster.followers[1].url])
    cluster.followers[1].resume()
    // What it says to type waits on.
    #expect(try await Program.run(add).exit == .status(0))
    #expect(try await cluster.master.client.messages() == ["a"])
  }

  @Test func aRefusal_IsNotWritten() async throws {
    let cluster = try await Cluster.start(delays: [])
    let refused = try await Program.run(["add", "a", "-w", "2", "--url", cluster.master.url])
    #expect(
      refused.exit == .status(4) && refused.failedWithOneLine && refused.stderr.contains("from 1 to 1"), "\(refused)")
    let nobody = try await Program.run(
      ["add", "a", "--url", "http://127.0.0.1:\(try FreePort.take())", "--timeout", "0.3"])
    #expect(nobody.exit == .status(4) && nobody.failedWithOneLine, "\(nobody)")
    #expect(nobody.stderr.contains("doesn't answer: is the node up? could not connect"), "\(nobody)")
    #expect(try await cluster.master.client.messages().isEmpty)
  }

  /// Each of them for the first two tries or more.
  @Test(arguments: [
    FaultProxy.Fault.loseAnswer, .errorAfter, .errorBefore, .deliverLate, .deliverTwice, .refuse,
  ])
  func whatIsLostOnTheWay_IsSentAgain_AndAddedOnce(fault: FaultProxy.Fault) async throws {
    let cluster = try await Cluster.start()
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    try proxy.set(fault)
    let process = try NodeProcess(["add", "a", "--url", proxy.url, "-w", "all", "--json"])
    if fault == .refuse {
      // Nobody counts what is refused.
      #expect(await holds(for: .milliseconds(200)) { process.isRunning })
    } else {
      let wanted = fault == .deliverTwice ? 1 : 2
      #expect(await eventually(within: .seconds(10)) { proxy.hitCount >= wanted })
    }
    try proxy.set(.pass)
    #expect(try await process.waitForExit(within: .seconds(20)) == .status(0), "\(process.stderr)")
    let object = try #require(JSON(Array(process.stdout.utf8)))
    #expect(object["outcome"]?.string == "committed" && object["offset"]?.int == 1)
    // What it finds there is its own. What the network doubles can't be told from an earlier run's.
    if fault != .deliverTwice { #expect(object["replayed"] == .bool(false)) }
    #expect(try await cluster.master.client.messages() == ["a"])
    #expect(await cluster.converges(to: ["a"], within: .seconds(5)))
  }

  @Test func unknown_SaysWhatToType_AndThatFindsOut() async throws {
    let cluster = try await Cluster.start(delays: [])
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    try proxy.set(.loseAnswer)
    let lost = try await Program.run(["add", "it's", "--url", proxy.url, "--timeout", "0.5"])
    #expect(lost.exit == .status(5) && lost.failedWithOneLine, "\(lost)")
    let match = try #require(lost.stderr.firstMatch(of: #/replog add --key ([0-9a-f]{32}) (.*)\n/#))
    #expect(match.2 == #"'it'\''s' --url \#(proxy.url) --timeout 0.5"#)
    try proxy.set(.pass)
    let found = try await Program.run(["add", "it's", "--url", proxy.url, "--key", String(match.1)])
    #expect(found.stdout.hasSuffix("; it was there already\n"), "\(found)")
    #expect(try await cluster.master.client.messages() == ["it's"])
  }

  /// The answers to adds are lost, that to the question for the key isn't.
  @Test func anOutcomeThatNoAnswerTold_IsAskedFor() async throws {
    let cluster = try await Cluster.start(delays: [])
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    try proxy.set(.loseAnswer, on: .posts)
    let asked = try await Program.run(["add", "a", "--url", proxy.url, "--timeout", "0.5", "--json"])
    #expect(asked.exit == .status(0), "\(asked)")
    #expect(json(asked)?["offset"]?.int == 1)
  }

  /// The key that is asked for may be that of another message, or sealed: neither is this message's outcome.
  @Test func whatIsToldOfAKey_IsNotTakenForThisMessage() async throws {
    let cluster = try await Cluster.start(delays: [])
    let url = cluster.master.url
    #expect(try await Program.run(["add", "other", "--url", url, "--key", "used"]).exit == .status(0))
    #expect(try await HTTP.delete("\(url)/requests/sealed").status == 200)
    let proxy = try FaultProxy(toURL: url)
    defer { proxy.stop() }
    try proxy.set(.loseAnswer, on: .posts)
    for (key, words) in [("used", "the key is that of another message, at offset 1"), ("sealed", "The key is sealed")] {
      let add = ["add", "a", "--url", proxy.url, "--timeout", "0.5", "--key", key]
      let asked = try await Program.run(add)
      #expect(asked.exit == .status(4) && asked.failedWithOneLine && asked.stderr.contains(words), "\(asked)")
    }
    #expect(try await cluster.master.client.messages() == ["other"])
  }

  @Test func aMasterThatIsKilled_IsWaitedFor() async throws {
    let cluster = try await Cluster.start()
    cluster.master.kill()
    let process = try NodeProcess(["add", "a", "--url", cluster.master.url])
    #expect(await holds(for: .milliseconds(200)) { process.isRunning })
    try await cluster.master.start()
    #expect(try await process.waitForExit(within: .seconds(20)) == .status(0), "\(process.stderr)")
    #expect(try await cluster.master.client.messages() == ["a"])
  }
}
