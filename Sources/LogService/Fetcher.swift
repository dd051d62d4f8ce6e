import HTTPClient
import ReplicationCore

/// Asks other nodes what they hold.
struct Fetcher {
  let client: Client

  /// Why a node gave no answer, in words.
  struct Failure: Error, Sendable {
    let reason: String
  }

  /// Asks once.
  /// - Parameters:
  ///   - url: the node's.
  ///   - question: what to ask.
  ///   - timeout: how long it has to answer.
  func ask(_ url: String, _ question: FetchRequest, timeout: Duration) async throws(Failure) -> FetchAnswer {
    let request = Request(
      method: .post, url: url.hasSuffix("/") ? "\(url)fetch" : "\(url)/fetch",
      headers: ["Content-Type": FetchRequest.contentType], body: question.encoded(), timeout: timeout,
      connectTimeout: timeout, responseBytesMax: FetchAnswering.bytesMax + (1 << 30))
    let response: Response
    do throws(ClientError) {
      response = try await client.send(request)
    } catch {
      throw Failure(reason: error.description)
    }
    guard response.status == 200 else { throw Failure(reason: "it answers \(response.status)") }
    do throws(WireError) {
      return try FetchAnswer(decoding: response.body)
    } catch {
      throw Failure(reason: "its answer is unreadable: \(error.description)")
    }
  }

  /// Asks again and again until there is an answer or the time is over.
  func askUntil(_ deadline: ContinuousClock.Instant, _ url: String, _ question: FetchRequest) async throws(Failure)
    -> FetchAnswer
  {
    while true {
      let left = deadline - .now
      do throws(Failure) {
        return try await ask(url, question, timeout: max(left, .milliseconds(10)))
      } catch {
        guard deadline - .now > Self.pause else { throw error }
        guard (try? await Task.sleep(for: Self.pause)) != nil else { throw error }
      }
    }
  }

  private static let pause = Duration.milliseconds(50)
}
