import Testing

/// All tests of the server, one after another: some count the process's threads and descriptors.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HTTPServerTests {}
