import Glibc
import HTTPClient
import Locking
import Testing

/// Behaviour 10: "SIGTERM with blocked clients, under load: they get their answer, exit 0 within 5 s; nothing crashes.
/// SIGTERM twice and SIGINT too."
@Suite(.turn)
struct StoppingTests {
  @Test(arguments: [[SIGTERM], [SIGTERM, SIGTERM], [SIGINT], [SIGINT, SIGTERM]])
  func blockedClients_GetTheirAnswer_AndTheMasterExits(signals: [Int32]) async throws {
    let cluster = try Cluster()
    try await cluster.followers[0].start()
    try await cluster.master.start()
    let count = 100
    try await withThrowingTaskGroup(of: Answer.self) { group in
      for number in 1...count {
        group.addTask { try await cluster.master.client.add("m\(number)", w: 3, timeout: .seconds(60)) }
      }
      let areBlocked = await eventually(within: .seconds(10)) {
        let onFollower = try await cluster.followers[0].client.lastOffset()
        return try await cluster.master.client.health()["waiting"]?.int == count && onFollower == count
      }
      #expect(areBlocked)
      for signal in signals { cluster.master.process.send(signal) }
      var offsets: Set<Int> = []
      for try await answer in group {
        #expect(answer.status == 504)
        let offset = try #require(answer.data?["offset"]?.int)
        #expect(answer.message.contains("offset \(offset)"), "\(answer.message)")
        offsets.insert(offset)
      }
      #expect(offsets == Set(1...count))
    }
    #expect(try await cluster.master.process.waitForExit(within: .seconds(5)) == .status(0))
    #expect(cluster.master.process.lines.last?.contains("master stopped") == true)
    #expect(try await cluster.followers[0].client.messages().count == count)
  }

  // Each client gets an answer or a clean close, and what was answered 200 is there.
  @Test func underLoad_EveryClientGetsAnEnd_AndNoConfirmedMessageIsMissing() async throws {
    // At w = 2 with one follower, a message that was answered 200 is on that follower.
    let cluster = try await Cluster.start(delays: [0], masterOptions: ["--log-level", "debug"])
    let confirmed = Locked<Set<String>>([])
    let confirmedAtOne = Locked(0)
    let ends = Locked<[String: Int]>([:])
    await withTaskGroup(of: Void.self) { group in
      for client in 0..<64 {
        group.addTask {
          for number in 0... {
            let text = "client \(client) message \(number)"
            let w = client % 2 + 1
            let end = await end(ofAdd: text, w: w, to: cluster.master.client)
            ends.withLock { $0[end, default: 0] += 1 }
            guard end == "200" else { return }
            if w == 2 { confirmed.withLock { _ = $0.insert(text) } } else { confirmedAtOne.withLock { $0 += 1 } }
          }
        }
      }
      let isLoaded = await eventually(within: .seconds(20)) { confirmed.withLock { $0.count } > 2000 }
      #expect(isLoaded)
      cluster.master.process.send(SIGTERM)
      let exit = try? await cluster.master.process.waitForExit(within: .seconds(5))
      #expect(exit == .status(0), "it ended with \(String(describing: exit))")
    }
    let allowed: Set = ["200", "503", "504", "could not connect", "connection lost"]
    #expect(ends.withLock { allowed.isSuperset(of: $0.keys) }, "\(ends.withLock { $0 })")
    let onFollower = try await cluster.followers[0].client.messages()
    #expect(Set(onFollower).isSuperset(of: confirmed.withLock { $0 }))
    #expect(Set(onFollower).count == onFollower.count)
    // Every message that the master took has a line.
    let taken = cluster.master.process.lines.count { $0.contains(" message added ") }
    #expect(confirmedAtOne.withLock { $0 } + confirmed.withLock { $0.count } <= taken)
    #expect(onFollower.count <= taken)
  }

  @Test(arguments: [[SIGTERM], [SIGTERM, SIGTERM], [SIGINT]])
  func aFollowerWithDelayedBatches_ExitsAtOnce_AndGetsThemLater(signals: [Int32]) async throws {
    let cluster = try await Cluster.start(delays: [10, 0], masterOptions: ["--backoff-max", "0.5"])
    for number in 1...20 { #expect(try await cluster.master.client.add("m\(number)", w: 2).status == 200) }
    let slow = cluster.followers[0]
    for signal in signals { slow.process.send(signal) }
    #expect(try await slow.process.waitForExit(within: .seconds(5)) == .status(0))
    #expect(slow.process.lines.last?.contains("follower stopped") == true)
    // What was on the way when it stopped was not stored and comes again.
    let again = try NodeProcess(["follower", "--port", "\(slow.port)", "--data-dir", slow.dataDirectory])
    _ = try await again.port()
    #expect(await cluster.converges(to: (1...20).map { "m\($0)" }, within: .seconds(3)))
  }

  @Test func aMasterWithBatchesOnTheWayToASlowFollower_Exits() async throws {
    let cluster = try await Cluster.start(delays: [30, 0])
    for number in 1...20 { #expect(try await cluster.master.client.add("m\(number)", w: 2).status == 200) }
    cluster.followers[1].pause()
    #expect(try await cluster.master.client.add("hanging", w: 1).status == 200)
    cluster.master.process.send(SIGTERM)
    #expect(try await cluster.master.process.waitForExit(within: .seconds(5)) == .status(0))
  }

  @Test func aMasterThatStillLooksForItsFollowers_Exits() async throws {
    // Nobody answers there, and the first answers are waited for.
    let cluster = try Cluster(delays: [0])
    try await cluster.followers[0].start()
    cluster.followers[0].pause()
    let master = try NodeProcess(["master", "--port", "0", "--follower", cluster.followers[0].url])
    master.send(SIGTERM)
    let exit = try await master.waitForExit(within: .seconds(5))
    // Before the program could block the signal, the system's default is as good.
    #expect(exit == .status(0) || exit == .signal(SIGTERM))
  }

  /// The status of the answer, or why there is none.
  private func end(ofAdd text: String, w: Int, to master: NodeClient) async -> String {
    do {
      return "\(try await master.add(text, w: w, timeout: .seconds(15)).status)"
    } catch let error as ClientError {
      return error.kind.rawValue
    } catch {
      return "\(error)"
    }
  }
}
