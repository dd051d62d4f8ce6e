// A small history in which nothing is wrong, and what makes something wrong in it.

extension History.Read.Message {
  static let a = Self(text: "a", offset: 1, epoch: 1)
  static let b = Self(text: "b", offset: 2, epoch: 1)
}

extension History.Read {
  func moved(to node: Int) -> Self {
    Self(
      node: node, from: from, limit: limit, call: call, end: end, last: last, next: next, messages: messages)
  }

  func limited(to limit: Int) -> Self {
    Self(node: node, from: from, limit: limit, call: call, end: end, last: last, next: next, messages: messages)
  }
}

extension History {
  /// Adds a message to the logs of all nodes.
  mutating func insert(_ text: String, at offset: Int, epoch: Int = 2) {
    for node in logs.indices { logs[node].append(Entry(offset: offset, epoch: epoch, text: text)) }
  }

  mutating func remove(_ text: String) {
    for node in logs.indices { logs[node].removeAll { $0.text == text } }
  }

  mutating func request(
    _ key: String, _ kind: KeyedRequest.Kind, _ writeConcern: Int, _ call: Moment, _ answer: Answer?
  ) {
    requests.append(.init(key: key, kind: kind, writeConcern: writeConcern, call: call, answer: answer))
  }

  /// "a" and "b" are added, the second with a lost answer; "x" is sealed at offset 3; the master dies at 199 with a tail that
  /// only a follower has; "c" takes its place.
  static let clean: History = {
    var history = History()
    history.starts = [.init(node: 0, at: 200)]
    history.request("ka", .add(text: "a"), 1, 0, .init(at: 10, outcome: .committed, offset: 1, epoch: 1))
    history.request("kb", .add(text: "b"), 2, 20, nil)
    history.request(
      "kb", .add(text: "b"), 2, 40, .init(at: 50, outcome: .pending, offset: 2, epoch: 1, isHeldByMaster: true))
    history.request("kb", .ask, 2, 60, .init(at: 70, outcome: .committed, offset: 2, epoch: 1))
    history.request("kx", .add(text: "x"), 1, 80, nil)
    history.request("kx", .ask, 1, 85, .init(at: 90, outcome: .notSeen))
    history.request("kx", .seal, 1, 100, .init(at: 120, outcome: .sealed, offset: 3, epoch: 1))
    history.request("kx", .add(text: "x"), 1, 130, .init(at: 140, outcome: .sealed))
    history.request("kd", .add(text: "d"), 1, 180, .init(at: 185, outcome: .notWritten))
    history.request("kc", .add(text: "c"), 3, 210, .init(at: 220, outcome: .committed, offset: 4, epoch: 2))
    history.holdings = [.init(node: 1, at: 225, last: 4), .init(node: 2, at: 228, last: 4)]
    history.reads = [
      .init(node: 1, from: 1, limit: 10, call: 150, end: 155, last: 3, next: 4, messages: [.a, .b]),
      .init(
        node: 2, level: .committed, from: 1, limit: 1, call: 160, end: 165, last: 3, next: 2,
        messages: [.init(text: "a")]),
      .init(node: 0, level: .committed, from: 2, limit: 10, call: 170, end: 175, last: 3, next: 4, messages: [.b]),
      .init(
        node: 1, from: 4, limit: 10, call: 190, end: 195, last: 4, next: 5,
        messages: [.init(text: "lost", offset: 4, epoch: 1)]),
      .init(
        node: 2, from: 4, limit: 10, minOffset: 4, wait: 20, call: 230, end: 231, last: 4, next: 5,
        messages: [.init(text: "c", offset: 4, epoch: 2)]),
      .init(node: 2, from: 1, limit: 1, minOffset: 9, wait: 5, call: 250, end: 256, status: 504, last: 4),
      .init(node: 0, from: 5, limit: 10, wait: 10, call: 260, end: 271, last: 4, next: 5),
    ]
    let log: [Entry] = [
      .init(offset: 1, epoch: 1, text: "a"), .init(offset: 2, epoch: 1, text: "b"),
      .init(offset: 4, epoch: 2, text: "c"),
    ]
    history.logs = [log, log, log]
    return history
  }()
}
