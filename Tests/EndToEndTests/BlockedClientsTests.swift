import Foundation
import HTTPClient
import Testing

/// Behaviour 3: clients that wait for their write concern cost nobody anything but a connection.
@Suite(.serialized, .turn) struct BlockedClientsTests {
  /// Connections that are kept and are no blocked client's: to the follower, one for each batch that was on the way at a
  /// time (32 at most), and a few of the other clients of these tests.
  private static let descriptorsKept = 40

  /// A master with one follower that is there and one that is away.
  static func cluster(_ masterOptions: [String] = []) async throws -> Cluster {
    let cluster = try Cluster(masterOptions: masterOptions)
    try await cluster.followers[0].start()
    try await cluster.master.start()
    guard await eventually(within: .seconds(5), { try await cluster.states() == ["Healthy", "Unhealthy"] }) else {
      throw HarnessError("follower-1 is not healthy")
    }
    return cluster
  }

  /// How long a message with write concern 1 takes that is among the quicker ones, the sixth of 21: what else the machine does
  /// makes many of them slow, and whoever holds up everybody makes all of them slow.
  private func quickLatency(_ client: NodeClient) async throws -> Duration {
    var durations: [Duration] = []
    for number in 0..<21 {
      let (duration, answer) = try await time { try await client.add("quick \(number)", w: 1) }
      #expect(answer.status == 200)
      durations.append(duration)
    }
    return durations.sorted()[5]
  }

  /// "500 clients blocked on w=3 with a follower away: thread count unchanged, w=1 still answers in milliseconds, all 500
  /// answer when it is back."
  @Test func fiveHundredBlockedClientsHoldNoThreadAndHoldUpNobody() async throws {
    let cluster = try await Self.cluster()
    let master = cluster.master
    _ = try await quickLatency(master.client)
    let threadsBefore = master.process.threadCount
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<500 {
        group.addTask { try await master.client.add("blocked \(number)", w: 3, timeout: .seconds(60)).status }
      }
      #expect(await eventually(within: .seconds(10)) { try await master.client.waitingCount() == 500 })
      #expect(master.process.threadCount == threadsBefore)
      let latency = try await quickLatency(master.client)
      #expect(latency < .milliseconds(10))
      #expect(master.process.threadCount == threadsBefore)
      #expect(try await master.client.waitingCount() == 500)
      try await cluster.followers[1].start()
      return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(statuses == [200: 500])
    #expect(try await master.client.waitingCount() == 0)
    #expect(await cluster.converges(within: .seconds(2)))
    let messages = Set(try await cluster.followers[1].client.messages())
    #expect((0..<500).allSatisfy { messages.contains("blocked \($0)") })
  }

  /// "Beyond the limit of waiting requests: 503, nothing stored", with Retry-After, as the contract's table says.
  @Test func beyondTheLimitOfWaitingRequestsNothingIsStored() async throws {
    let cluster = try await Self.cluster(["--waiting-max", "10"])
    let master = cluster.master
    var waiting: [RawSocket] = []
    for number in 0..<10 { waiting.append(try await .waiting(port: master.port, "blocked \(number)", w: 3)) }
    #expect(await eventually(within: .seconds(5)) { try await master.client.waitingCount() == 10 })
    for writeConcern in [2, 3] {
      let refused = try await master.client.add("one too many", w: writeConcern)
      #expect(refused.status == 503)
      #expect(refused.headers["Retry-After"] == "1")
      #expect(refused.message.hasPrefix("not written: ") && refused.message.contains("at most 10"))
      #expect(refused.data?["waiting_max"]?.int == 10)
    }
    // A client waits before its message is on the master's disk, and readers see what is there.
    #expect(await eventually(within: .seconds(20)) { try await master.client.messages().count == 10 })
    // Who needs no follower is not held up by those who do.
    #expect(try await master.client.add("alone", w: 1).status == 200)
    try await cluster.followers[1].start()
    for socket in waiting { #expect(try await socket.answer().status == 200) }
    #expect(try await master.client.add("room again", w: 3).status == 200)
    #expect(
      try await master.client.messages().sorted() == ["alone"] + (0..<10).map { "blocked \($0)" } + ["room again"])
  }

  /// "A blocked client that hangs up cancels nothing but its own wait, and its connection is freed within 5 s."
  @Test func aBlockedClientThatHangsUpCancelsOnlyItsOwnWait() async throws {
    let cluster = try await Self.cluster()
    let master = cluster.master
    let patient = try await RawSocket.waiting(port: master.port, "patient", w: 3)
    #expect(await eventually(within: .seconds(5)) { try await master.client.waitingCount() == 1 })
    let descriptors = master.process.descriptorCount
    var leaving: [RawSocket] = []
    for number in 0..<100 { leaving.append(try await .waiting(port: master.port, "leaving \(number)", w: 3)) }
    #expect(await eventually(within: .seconds(5)) { try await master.client.waitingCount() == 101 })
    #expect(master.process.descriptorCount >= descriptors + 100)
    for socket in leaving { socket.close() }
    #expect(
      await eventually(within: .seconds(5)) {
        try await master.client.waitingCount() == 1
          && master.process.descriptorCount <= descriptors + Self.descriptorsKept
      })
    #expect(patient.isQuiet)
    #expect(await eventually(within: .seconds(2)) { try await cluster.followers[0].client.messages().count == 101 })
    try await cluster.followers[1].start()
    #expect(try await patient.answer().status == 200)
    #expect(await cluster.converges(within: .seconds(2)))
    let messages = try await cluster.followers[1].client.messages()
    #expect(messages.sorted() == ((0..<100).map { "leaving \($0)" } + ["patient"]).sorted())
  }

  /// "10,000 clients that hang up one after another leave descriptors and memory flat and w=1 quick", "follower back or
  /// not".
  @Test func tenThousandClientsThatHangUpLeaveNothingBehind() async throws {
    let cluster = try await Self.cluster()
    let master = cluster.master
    let descriptors = master.process.descriptorCount
    var residentAfterAFifth = 0
    for round in 0..<50 {
      try await hangUp(200, on: master, round: round)
      if round % 10 == 9 {
        #expect(await eventually(within: .seconds(5)) { try await master.client.waitingCount() == 0 })
        if residentAfterAFifth == 0 { residentAfterAFifth = master.process.residentBytes }
        let latency = try await quickLatency(master.client)
        #expect(latency < .milliseconds(10))
      }
    }
    // Four fifths of it, 8,000 messages of some 50 bytes each, are in the log besides.
    #expect(master.process.residentBytes - residentAfterAFifth < 8 << 20)
    #expect(
      await eventually(within: .seconds(5)) { master.process.descriptorCount <= descriptors + Self.descriptorsKept })
    #expect(try await master.client.messages().count == 10_000 + 5 * 21)
  }

  /// Clients whose requests are taken and wait, and that hang up then, every second one with a reset.
  private func hangUp(_ count: Int, on master: Cluster.Node, round: Int) async throws {
    let before = try await master.client.lastOffset()
    var sockets: [RawSocket] = []
    for number in 0..<count { sockets.append(try await .waiting(port: master.port, "r\(round)n\(number)", w: 3)) }
    #expect(
      await eventually(within: .seconds(10), every: .milliseconds(2)) {
        try await master.client.lastOffset() == before + count
      })
    for (number, socket) in sockets.enumerated() {
      if number.isMultiple(of: 2) { socket.close() } else { socket.reset() }
    }
  }

  /// "The descriptor limit is raised at start": more clients than the shell's soft limit allows.
  @Test func theDescriptorLimitIsRaisedAtStart() async throws {
    let master = try NodeProcess(
      ["master", "--port", "0"], under: ["sh", "-c", #"ulimit -S -n 256 && exec "$@""#, "sh"])
    let port = try await master.port()
    let limits = try String(contentsOfFile: "/proc/\(master.pid)/limits", encoding: .utf8)
    let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
    let numbers = line.split(separator: " ").dropFirst(3)
    #expect(numbers.first == numbers.dropFirst().first, "\(line)")
    var sockets: [RawSocket] = []
    for _ in 0..<600 {
      sockets.append(try RawSocket(port: port))
      try await sockets[sockets.count - 1].send(RawSocket.request("GET /health"))
    }
    for socket in sockets { #expect(try await socket.answer().status == 200) }
    #expect(master.descriptorCount > 600)
  }

  /// "The bytes of bodies being received have a limit together": 503, nothing stored, and the others go on.
  @Test func bodiesBeingReceivedHaveALimitTogether() async throws {
    let cluster = try Cluster(
      delays: [], masterOptions: ["--body-limit", "1000000", "--bodies-limit", "2000000", "--idle-timeout", "20"])
    try await cluster.master.start()
    let port = cluster.master.port
    func body(_ size: Int) -> [UInt8] {
      let end = Array(#"","write_concern":1}"#.utf8)
      return Array(#"{"data":""#.utf8) + Array(repeating: 0x78, count: size - 9 - end.count) + end
    }
    let large = RawSocket.request("POST /add", body: body(1_000_000))
    let slow = [try RawSocket(port: port), try RawSocket(port: port)]
    for socket in slow { try await socket.send(Array(large.dropLast(50))) }
    // Only when all of that has been received is there no room for 200 bytes more.
    var stored = 0
    var refused: HTTPMessage?
    let isFull = await eventually(within: .seconds(10), every: .milliseconds(5)) {
      let answer = try await RawSocket.exchange(port: port, "POST /add", body: body(200))
      if answer.status == 200 { stored += 1 } else { refused = answer }
      return answer.status != 200
    }
    #expect(isFull)
    #expect(refused?.status == 503)
    #expect(refused?.field("retry-after") == "1")
    #expect(refused?.json?["message"]?.string?.contains("at most 2000000 bytes together") == true)
    #expect(refused?.json?["data"]?["limit_bytes"]?.int == 2_000_000)
    #expect(try await HTTP.get("\(cluster.master.url)/health").status == 200)
    for socket in slow {
      try await socket.send(Array(large.suffix(50)))
      #expect(try await socket.answer().status == 200)
    }
    #expect(try await RawSocket.exchange(port: port, "POST /add", body: body(200)).status == 200)
    let sizes = try await cluster.master.client.messages().map { $0.utf8.count }
    #expect(sizes == Array(repeating: 171, count: stored) + [999_971, 999_971, 171])
  }
}
