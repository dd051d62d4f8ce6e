import Testing

@testable import LogService

extension LogServiceTests {
  /// `Prefer` as RFC 7240 writes it.
  @Suite struct PreferencesTests {
    @Test(arguments: [
      ["wait=2"], ["wait = 2"], ["WAIT=\"2\""], ["foo, wait=2"], ["foo=\"a, wait=9\"", "wait=2"],
      ["foo=\"a\\\", wait=9\", wait=2"], ["wait=2, wait=9"], ["wait=2; a=b"], [",, wait=2 ,"],
      ["foo;wait=9", "wait=2"],
    ])
    func theFirstOfANameCounts(_ fields: [String]) {
      #expect(Preferences(fields).waitSeconds == 2)
    }

    @Test(arguments: [
      "", ",", ";", "=", "=2", "wait", "wait=", "wait=-1", "wait=2.5", "wait=2s", "wait=two", "handling",
      "handling=lenient",
      "return=minimal", "respond-async=1", "redirect=no", "\"wait=2\"", "xwait=2", "depth-noroot", "\"", "wait=\u{661}",
    ])
    func whatIsNotKnownIsIgnored(_ field: String) {
      #expect(Preferences([field]) == Preferences())
    }

    @Test func allOfThemAreFoundTogether() {
      let all = Preferences([
        "respond-async, wait=100000000000000000000", "handling=strict;a, return=representation, redirect",
      ])
      #expect(all.respondsAsync && all.isStrict && all.wantsRepresentation && all.redirects)
      #expect(all.waitSeconds == Preferences.waitSecondsMax)
      #expect(Preferences(["wait=0"]).waitSeconds == 0)
    }
  }
}
