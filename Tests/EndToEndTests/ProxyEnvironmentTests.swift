import Testing

/// Nodes talk to each other directly, whatever proxy the environment names: the library underneath would obey it.
@Suite(.serialized)
struct ProxyEnvironmentTests {
  @Test(arguments: ["http_proxy", "all_proxy", "ALL_PROXY"])
  func aProxyInTheEnvironment_IsNotUsed(variable: String) async throws {
    // Nobody listens there.
    let environment = [variable: "http://127.0.0.1:\(try FreePort.take())"]
    let follower = try NodeProcess(["follower", "--port", "0"], environment: environment)
    let url = "http://127.0.0.1:\(try await follower.port())"
    let master = try NodeProcess(["master", "--port", "0", "--follower", url], environment: environment)
    let client = NodeClient(url: "http://127.0.0.1:\(try await master.port())")
    #expect(try await client.add("direct", w: 2).status == 200)
    #expect(try await NodeClient(url: url).messages() == ["direct"])
    #expect(try await Program.run(["health", "--url", url], environment: environment).exit == .status(0))
  }
}
