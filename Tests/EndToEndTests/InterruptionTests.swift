import Foundation
import Glibc
import Testing

/// Ctrl-C while messages are added: what is known is told, with the key, and what goes on.
@Suite(.serialized) struct InterruptionTests {
  @Test func ofLines_WhatIsCommittedIsTold_AndGoingOnDoublesNothing() async throws {
    let cluster = try await Cluster.start(delays: [])
    let proxy = try FaultProxy(toURL: cluster.master.url)
    defer { proxy.stop() }
    let lines = (1...30).map { "line \($0)" }
    let folder = try Folder()
    let path = "\(folder.path)/lines"
    #expect(mkfifo(path, 0o600) == 0)
    let process = try NodeProcess(
      ["add", "-", "--batch", "10", "--json", "--url", proxy.url], under: ["sh", "-c", #"exec "$@" <"$0""#, path])
    let pipe = try #require(FileHandle(forWritingAtPath: path))
    defer { try? pipe.close() }
    try pipe.write(contentsOf: Data(lines[..<20].map { "\($0)\n" }.joined().utf8))
    #expect(await eventually(within: .seconds(10)) { process.stdout.split(separator: "\n").count == 2 })
    try proxy.set(.swallowAnswer, on: .posts)
    try pipe.write(contentsOf: Data(lines[20...].map { "\($0)\n" }.joined().utf8))
    #expect(await eventually(within: .seconds(10)) { try await cluster.master.client.messages().count == 30 })
    process.send(SIGINT)
    #expect(try await process.waitForExit(within: .seconds(5)) == .status(130))
    let words = "replog: interrupted: 20 lines are committed, lines 21 to 30 unknown; to go on: replog add --key "
    #expect(process.stderr.hasPrefix(words), "\(process.stderr)")
    let key = try #require(process.stderr.firstMatch(of: #/--key ([0-9a-f]{32}) - --batch 10 --json /#))
    try proxy.set(.pass)
    let again = try await Piped.run(
      ["add", "-", "--batch", "10", "--url", proxy.url, "--key", String(key.1)],
      input: Array(lines.map { "\($0)\n" }.joined().utf8))
    #expect(again.exit == .status(0), "\(again)")
    #expect(try await cluster.master.client.messages() == lines)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func ofOneMessage_TheKeyIsTold(signal: Int32) async throws {
    let cluster = try await Cluster.start()
    cluster.followers[1].pause()
    let process = try NodeProcess(["add", "a", "-w", "all", "--url", cluster.master.url])
    #expect(await eventually(within: .seconds(10)) { try await cluster.master.client.messages() == ["a"] })
    process.send(signal)
    #expect(try await process.waitForExit(within: .seconds(5)) == .status(128 + signal))
    let command = #/replog: interrupted: unknown .*: replog add --key [0-9a-f]{32} a -w all --url \S+\n/#
    #expect(process.stderr.wholeMatch(of: command) != nil, "\(process.stderr)")
    cluster.followers[1].resume()
  }
}
