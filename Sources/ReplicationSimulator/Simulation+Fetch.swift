import ReplicationCore

/// The way of one `POST /fetch`.
extension Simulation {
  /// Asks what the node behind a URL holds.
  /// - Parameters:
  ///   - place: the URL's, in the master's list.
  ///   - question: what to ask.
  ///   - timeout: how long it has to answer.
  ///   - take: takes the answer, once; nil if there is none.
  func ask(
    _ place: Int, _ question: FetchRequest, timeout: Interval, _ take: @escaping (FetchAnswer?) -> Void
  ) {
    var isOver = false
    func end(_ answer: FetchAnswer?) {
      guard !isOver else { return }
      isOver = true
      take(answer)
    }
    schedule(.call { end(nil) }, after: timeout)
    if happens(scenario.dropped) {
      count(.fetchLost)
      if random.chance(0.7) { schedule(.call { end(nil) }, after: random.milliseconds(1...400)) }
      return
    }
    schedule(.call { [self] in fetchArrives(at: place, question, end) }, after: latency())
  }

  /// Asks again and again until there is an answer or the time is over.
  func ask(
    _ place: Int, _ question: FetchRequest, until deadline: Instant, _ take: @escaping (FetchAnswer?) -> Void
  ) {
    let pause = Interval.milliseconds(50)
    ask(place, question, timeout: max(deadline - now, .milliseconds(10))) { [self] answer in
      guard answer == nil, deadline - now > pause else { return take(answer) }
      schedule(.call { [self] in ask(place, question, until: deadline, take) }, after: pause)
    }
  }

  private func fetchArrives(at place: Int, _ question: FetchRequest, _ end: @escaping (FetchAnswer?) -> Void) {
    let number = route[place]
    guard cut[number] == 0 else { return }
    guard let index = running[number] else { return schedule(.call { end(nil) }, after: latency()) }
    let process = processes[index]
    handOver(to: process) { [self] in
      guard let question = try? FetchRequest(decoding: question.encoded()) else {
        return fail("a question decodes to what was encoded", "\(question)")
      }
      let answer = try? question.answer(log: process.log, identity: process.follower.identity)
      if let answer, (try? FetchAnswer(decoding: answer.encoded())) != answer {
        fail("an answer decodes to what was encoded", "\(answer)")
      }
      note("follower \(process.index) answers \(question): \(answer.map { "\($0.log) \($0.end)" } ?? "nothing")")
      if cut[number] > 0 || happens(scenario.answerLost) { return count(.fetchLost) }
      let isLate = happens(scenario.answerLate)
      schedule(.call { end(answer) }, after: isLate ? random.milliseconds(100...1500) : latency())
    }
  }
}
