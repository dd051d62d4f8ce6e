import contextlib
import io
import unittest

import bench
import peers
import system_calls
from base import Base
from scenario import Run, Scenario

RUN = Run(replog="present", client="present", programs="", folder="", seconds=1)


def measured(run, rounds, base=None):
    """Who was measured, in their order, the results, and the older build's row that each of ours was given."""
    order, known = [], []

    def ours(run):
        order.append(run.replog)
        known.append(run.older)
        return {"rate": len(order)}

    def other(name):
        def measure(_, row):
            order.append(name)
            return {"rate": row["rate"] * 10}

        return measure

    scenario = Scenario("one", "1", "", ours, ceilings={"disk": other("disk")}, rivals={"redis": other("redis")})
    with contextlib.redirect_stderr(io.StringIO()):
        results = scenario.measure(run, rounds, base)
    return order, results, known


class Turns(unittest.TestCase):
    def test_contestants_take_turns_and_know_our_row_of_the_round(self):
        order, results, _ = measured(RUN._replace(peers="folder"), 2)
        self.assertEqual(order, ["present", "disk", "redis"] * 2)
        self.assertEqual(results["replog"], [{"rate": 1}, {"rate": 4}])
        self.assertEqual(results["disk"], [{"rate": 10}, {"rate": 40}])

    def test_without_peers_there_are_no_rivals(self):
        self.assertEqual(measured(RUN, 1)[0], ["present", "disk"])

    def test_an_older_build_takes_turns_with_the_present_one_alone(self):
        order, results, known = measured(RUN._replace(peers="folder"), 2, Base("base abc", "older"))
        self.assertEqual(order, ["older", "present"] * 2)
        self.assertEqual(known, [None, {"rate": 1}, None, {"rate": 3}])
        self.assertEqual(list(results), ["base abc", "replog"])


class Scenarios(unittest.TestCase):
    def test_every_bar_of_the_list_has_a_scenario(self):
        numbers = {bar.number for scenario in bench.SCENARIOS.values() for bar in scenario.bars}
        self.assertEqual(numbers, set(range(1, 11)))

    def test_bars_speak_of_contestants_that_there_are(self):
        for scenario in bench.SCENARIOS.values():
            for bar in scenario.bars:
                self.assertIn(bar.of, {None, *scenario.ceilings, *scenario.rivals}, bar)

    def test_a_short_run_needs_no_rival(self):
        for name in bench.SHORT:
            self.assertTrue([bar for bar in bench.SCENARIOS[name].bars
                             if bar.of is None or bar.of in bench.SCENARIOS[name].ceilings])


class Parsing(unittest.TestCase):
    def test_a_peers_line_is_read_by_our_names(self):
        self.assertEqual(
            peers.row({"peer": "redis", "ops_s": 9, "p50_ms": 1, "server_cpu_us_per_op": 2, "errors": 0}),
            {"rate": 9, "p50_ms": 1, "cpu_us": 2, "errors": 0})

    def test_what_perf_counted_is_read_and_what_it_did_not_count_left_out(self):
        lines = ["# started on Mon\n", "\n", "120,,raw_syscalls:sys_enter,1,100.00,,\n",
                 "30,,syscalls:sys_enter_futex,1,100.00,,\n", "0,,syscalls:sys_enter_poll,1,100.00,,\n",
                 "<not counted>,,syscalls:sys_enter_ioctl,0,100.00,,\n"]
        self.assertEqual(system_calls.read(lines), {"all": 120, "futex": 30})
