import Testing

@testable import HTTPServer

extension HTTPServerTests {
  /// How much room a body takes while it comes in.
  @Suite struct IncomingBodies {
    private let budget = BodyBudget(bytesMax: 16 << 20)

    private func receive(_ pieces: [Int], announced: Int?) -> [UInt8] {
      var body = IncomingBody(bytesAnnounced: announced)
      for (number, count) in pieces.enumerated() {
        let piece = [UInt8](repeating: UInt8(number), count: count)
        #expect(piece.withUnsafeBytes { body.receive($0, limits: ServerLimits(), budget: budget) })
      }
      return body.take(budget: budget)
    }

    @Test func theFirstPieceMakesRoomForAllOfAUsualBody() {
      #expect(receive([16 << 10], announced: 200 << 10).capacity >= 200 << 10)
    }

    @Test func whatIsOnlyClaimedTakesNoRoom() {
      #expect(receive([], announced: 16 << 20).capacity == 0)
      #expect(receive([1 << 10], announced: 16 << 20).capacity < 32 << 10)
    }

    @Test(arguments: [nil, 100, 60_000, 4 << 20])
    func allPiecesAreThereHoweverMuchWasAnnounced(announced: Int?) {
      let pieces = [10, 20_000, 1, 300_000, 7]
      #expect(
        receive(pieces, announced: announced)
          == pieces.enumerated().flatMap { [UInt8](repeating: UInt8($0), count: $1) })
    }
  }
}
