import json
import unittest

import table
from figures import Bar, judge

RESULTS = {
    "replog": [{"rate": 30_000.4, "p50_ms": 0.25, "requests": 7, "note": {"a": 1}}, {"rate": 28_000, "p50_ms": 0.75}],
    "rival": [{"rate": 15_000}, {"rate": 14_000}],
}


class Tables(unittest.TestCase):
    def test_results_have_a_line_per_figure_and_a_column_per_contestant(self):
        self.assertEqual(table.results_table(RESULTS), "\n".join([
            "        replog        min .. max   rival",
            "rate    29,000  28,000 .. 30,000  14,500",
            "p50_ms    0.50      0.25 .. 0.75       -"]))

    def test_a_comparison_shows_the_ratio_within_a_round(self):
        self.assertEqual(table.comparison_table(
            {"base abc": RESULTS["rival"], "replog": RESULTS["replog"]}, "base abc"), "\n".join([
                "        base abc  present  present / base  min .. max",
                "rate      14,500   29,000            2.00   2 .. 2.00",
                "p50_ms         -     0.50               -"]))

    def test_a_number_keeps_three_digits(self):
        self.assertEqual([table.number(value) for value in (None, 0, 0.01234, 0.123, 1.234, 12.34, 123.4, 12345.6, 5)],
                         ["-", "0", "0.0123", "0.12", "1.23", "12.3", "123", "12,346", "5"])

    def test_a_bar_is_one_line(self):
        (met,) = judge([Bar(1, "of the rival", "rate", ">=", 1.6, of="rival")], RESULTS)
        self.assertEqual(table.bar_line(met), "bar 1, of the rival: 2.00, 2 .. 2.00 (bar: >= 1.6) ok")
        (missed,) = judge([Bar(1, "of the rival", "rate", ">=", 3, of="rival")], RESULTS)
        self.assertTrue(table.bar_line(missed).endswith("(bar: >= 3) MISSED"))


class Reports(unittest.TestCase):
    def test_a_report_is_json_with_rounds_medians_and_bars(self):
        judged = judge([Bar(1, "of the rival", "rate", ">=", 1.6, of="rival")], RESULTS)
        report = json.loads(json.dumps(table.reported(RESULTS, judged)))
        self.assertEqual(report["rounds"], RESULTS)
        self.assertEqual(report["medians"]["rival"], {"rate": 14_500})
        self.assertEqual(report["medians"]["replog"]["p50_ms"], 0.5)
        (bar,) = report["bars"]
        self.assertEqual((bar["number"], bar["of"], bar["limit"], bar["is_met"]), (1, "rival", 1.6, True))
        self.assertAlmostEqual(bar["value"], 2, places=3)
