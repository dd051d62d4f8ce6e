import JSON
import Testing

@testable import LogClient

/// What the master's health says of the nodes.
@Suite struct ClusterStatusTests {
  private func status(_ text: String) throws -> ClusterStatus {
    let data = try JSONReader.read(Array(text.utf8)) { (reader) throws(JSONError) in try reader.value() }
    return ClusterStatus(data, of: "http://m")
  }

  @Test func whatATroubledFollowerHolds_IsUnknown_WhereNothingMatched() throws {
    let nodes = try status(
      """
      {"role":"master","last_offset":0,"read_only":"recover","followers":[\
      {"url":"http://a","state":"Healthy","match_offset":0,"lag":0,"problem":"it holds another log"},\
      {"url":"http://b","state":"Healthy","match_offset":7,"lag":2,"problem":"its disk is full"},\
      {"url":"http://c","state":"Healthy","match_offset":0,"lag":9,"problem":null}]}
      """
    ).nodes
    #expect(nodes.map(\.lastOffset) == [0, nil, 7, 0])
    #expect(nodes.map(\.lag) == [0, nil, 2, 9])
  }
}
