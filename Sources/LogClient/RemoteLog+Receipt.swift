extension RemoteLog {
  /// One message, and who holds it. With a write concern it waits until so many nodes do; the master knows that, and is
  /// gone on to if a follower was asked.
  /// - Parameters:
  ///   - offset: the message's.
  ///   - writeConcern: how many nodes must hold it; nil for not to wait.
  ///   - limit: how long to wait and to repeat the question, if there is something to wait for.
  /// - Returns: the node's answer: 200 with the message, 404 where there is none, 504 where too few hold it yet.
  /// - Throws: ``RemoteError`` for anything else, and where there is no answer.
  package func receipt(
    of offset: UInt64, _ writeConcern: WriteConcern? = nil, within limit: Duration
  ) async throws(RemoteError) -> Answer {
    let end = ContinuousClock.now + limit
    var url = url
    var redirects = 0
    while true {
      let wait = max(end - .now, .zero)
      let query = writeConcern.map { "?write_concern=\($0)&wait=\(wait.decimalSeconds)" } ?? ""
      do throws(RemoteError) {
        let answer = try await get(
          url, "/messages/\(offset)\(query)", timeout: (writeConcern == nil ? .zero : wait) + Self.grace * 2)
        if let master = answer.master, redirects < Retry.redirectsMax {
          redirects += 1
          url = master
          continue
        }
        switch answer.status {
        case 200, 404: return answer
        case 504 where end - .now < Self.pause: return answer
        case 504: break
        default: throw RemoteError(answer, from: url)
        }
      } catch {
        guard writeConcern != nil, error.isPassing, end - .now > Self.pause else { throw error }
      }
      try? await Task.sleep(for: Self.pause)
    }
  }

  private static let pause = Duration.milliseconds(100)
}

extension Duration {
  /// As a query has it, to the millisecond.
  var decimalSeconds: String {
    let milliseconds = Int(self / .milliseconds(1))
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
  }
}
