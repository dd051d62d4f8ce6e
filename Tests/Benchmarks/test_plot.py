import re
import unittest
import xml.etree.ElementTree as xml

from curves import CONNECTIONS, PERCENTILES, SHARES, plot_latencies, plot_throughput
from plot import Plot, nice_steps

SVG = "{http://www.w3.org/2000/svg}"


def points(document):
    """The places of each line's points: its circles, by colour."""
    found = {}
    for circle in document.iter(f"{SVG}circle"):
        found.setdefault(circle.get("fill"), []).append((float(circle.get("cx")), float(circle.get("cy"))))
    return list(found.values())


class Plots(unittest.TestCase):
    def test_it_is_well_formed_whatever_the_names_are(self):
        plot = Plot("a < b & \"c\"", "x", "y")
        plot.line("<none>", [(1, 5), (1000, 10)])
        document = xml.fromstring(plot.svg())
        self.assertEqual(document.tag, f"{SVG}svg")
        words = [text.text for text in document.iter(f"{SVG}text")]
        self.assertIn("a < b & \"c\"", words)
        self.assertIn("<none>", words)

    def test_the_horizontal_axis_is_logarithmic_and_the_vertical_one_begins_at_0(self):
        plot = Plot("", "x", "y")
        plot.line("line", [(1, 5), (10, 10), (100, 2.5)])
        ((low, half), (middle, full), (high, quarter)), = points(xml.fromstring(plot.svg()))
        self.assertAlmostEqual(middle - low, high - middle, delta=0.2)
        self.assertAlmostEqual(quarter - half, (half - full) / 2, delta=0.2)

    def test_what_was_not_measured_is_left_out(self):
        plot = Plot("", "x", "y")
        plot.line("nothing", [(1, None), (10, None)])
        plot.line("line", [(1, 5), (10, None), (100, 2)])
        (line,) = points(xml.fromstring(plot.svg()))
        self.assertEqual(len(line), 2)

    def test_all_lies_within_the_page(self):
        plot = Plot("", "x", "y")
        for index in range(7):
            plot.line(f"line {index}", [(1, 0.003), (1000, 123_456)])
        document = xml.fromstring(plot.svg())
        width, height = (float(document.get(name)) for name in ("width", "height"))
        for line in document.iter(f"{SVG}polyline"):
            for x, y in re.findall(r"([-0-9.]+),([-0-9.]+)", line.get("points")):
                self.assertTrue(0 <= float(x) <= width and 0 <= float(y) <= height, (x, y))

    def test_steps_are_round_and_reach_the_most(self):
        self.assertEqual(nice_steps(93_000), [0, 20_000, 40_000, 60_000, 80_000, 100_000])
        self.assertEqual(nice_steps(11.8), [0, 5, 10, 15])
        self.assertEqual(nice_steps(5), [0, 1, 2, 3, 4, 5])


class Curves(unittest.TestCase):
    def test_throughput_has_a_line_per_contestant(self):
        rows = [{f"rate_{connections}": connections * 1000.0 for connections in CONNECTIONS}]
        lines = plot_throughput({"replog": rows, "rival": rows}).lines
        self.assertEqual([name for name, _ in lines], ["replog", "rival"])
        self.assertEqual(lines[0][1][-1], (1000, 1_000_000))

    def test_latency_has_a_line_per_rate_with_all_percentiles(self):
        row = {f"rate_at_{share}": share * 10 for share in SHARES}
        for share in SHARES:
            row.update({f"p{percentile}_ms_at_{share}": float(percentile) for percentile in PERCENTILES})
        plot = plot_latencies({"replog": [row]})
        self.assertEqual([name for name, _ in plot.lines][0], "replog, 250/s (25 %)")
        self.assertEqual([y for _, y in plot.lines[0][1]], [50, 90, 99, 99.9, 99.99])
        self.assertEqual([round(x) for x, _ in plot.ticks], [2, 10, 100, 1000, 10_000])
        xml.fromstring(plot.svg())
