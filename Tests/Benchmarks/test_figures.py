import unittest

from figures import Bar, judge, median, ratios

OURS = [{"rate": 30.0, "p50_ms": 2.0}, {"rate": 10.0, "p50_ms": 1.0}, {"rate": 24.0, "p50_ms": 3.0}]
RIVAL = [{"rate": 10.0, "p50_ms": 1.0}, {"rate": 10.0, "p50_ms": 2.0}, {"rate": 12.0, "p50_ms": 1.0}]
RESULTS = {"replog": OURS, "rival": RIVAL}
RATE = Bar(1, "rate", "rate", ">=", 2, of="rival")
LATENCY = Bar(3, "latency", "p50_ms", "<=", 1.5, of="rival")


class Medians(unittest.TestCase):
    def test_a_median_leaves_out_rows_without_the_figure(self):
        self.assertEqual(median([{"a": 1}, {"a": None}, {}, {"a": 3}, {"a": 8}], "a"), 3)
        self.assertEqual(median([{"a": 1}, {"a": 4}], "a"), 2.5)
        self.assertIsNone(median([{}], "a"))

    def test_a_ratio_is_of_the_same_round(self):
        self.assertEqual(ratios(OURS, RIVAL, "rate"), [3, 1, 2])
        self.assertEqual(ratios(OURS, RIVAL, "p50_ms", "rate"), [0.2, 0.1, 0.25])
        self.assertEqual(ratios(OURS, RIVAL[:1], "rate"), [3])
        self.assertEqual(ratios([{"rate": 1}, {}], [{"rate": 0}, {"rate": 1}], "rate"), [])


class Bars(unittest.TestCase):
    def test_the_median_of_the_ratios_is_judged_not_the_ratio_of_medians(self):
        (judged,) = judge([RATE], RESULTS)
        self.assertEqual((judged.value, judged.least, judged.most, judged.is_met), (2, 1, 3, True))

    def test_a_limit_is_a_least_or_a_most(self):
        (judged,) = judge([LATENCY], RESULTS)
        self.assertEqual((judged.value, judged.is_met), (2, False))
        self.assertTrue(LATENCY.is_met(1.5))
        self.assertFalse(RATE.is_met(1.99))

    def test_a_bar_without_a_rival_is_held_to_the_figure_itself(self):
        self.assertEqual(judge([Bar(1, "rate", "rate", ">=", 25)], RESULTS)[0].value, 24)

    def test_a_rival_that_did_not_run_is_not_judged(self):
        self.assertEqual(judge([RATE], {"replog": OURS}), [])

    def test_a_figure_that_is_missing_is_an_error(self):
        for bar in (Bar(1, "else", "else", ">=", 1), Bar(1, "else", "rate", ">=", 1, of="rival", of_figure="else")):
            self.assertRaises(ValueError, judge, [bar], RESULTS)

    def test_a_loosened_bar_is_easier(self):
        self.assertAlmostEqual(RATE.loosened(3).limit, 2 / 3)
        self.assertAlmostEqual(LATENCY.loosened(3).limit, 4.5)
        self.assertEqual(RATE.loosened(3)._replace(limit=2), RATE)
