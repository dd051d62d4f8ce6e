import Testing

/// All tests of the nodes, one after another: some measure time, which others that keep the machine busy would spoil.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LogServiceTests {}
