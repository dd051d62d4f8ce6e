internal import HTTPClient
internal import JSON
internal import LogClient

/// What one request came to.
struct LoadAnswer: Sendable, Equatable {
  /// What went wrong: a short name that equal cases share, and what this one said.
  struct Problem: Sendable, Equatable {
    let name: String
    let detail: String
  }

  static let outcomeField = "Log-Outcome"

  let outcome: Outcome
  /// Nil exactly if the outcome is committed.
  let problem: Problem?

  /// - Parameter result: of a request to add.
  init(_ result: Result<Response, ClientError>) {
    switch result {
    case .success(let response): self.init(response)
    case .failure(let error): self.init(error)
    }
  }

  private init(_ response: Response) {
    guard let outcome = response.headers[Self.outcomeField].flatMap(Outcome.init(rawValue:)) else {
      self.outcome = .unknown
      let name = "\(response.status) without \(Self.outcomeField)"
      problem = Problem(name: name, detail: "this is not how a node answers")
      return
    }
    self.outcome = outcome
    problem =
      outcome == .committed ? nil : Problem(name: "\(response.status)", detail: Self.message(of: response.body))
  }

  private init(_ error: ClientError) {
    // What had no connection was never sent. Whatever else ends an exchange may end it after the request was taken.
    let wasNeverSent = [.couldNotResolve, .couldNotConnect, .badURL].contains(error.kind)
    outcome = wasNeverSent ? .notWritten : .unknown
    problem = Problem(name: error.kind.rawValue, detail: error.detail)
  }

  private static func message(of body: [UInt8]) -> String {
    let fields = try? JSONReader.read(body) { (reader) throws(JSONError) in try reader.fields(["message"]) }
    guard case .string(let text) = fields?["message"] else { return "" }
    return String(decoding: text, as: UTF8.self)
  }
}
