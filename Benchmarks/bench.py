#!/usr/bin/env python3
"""Measures nodes on loopback by named scenarios, in turn with rivals, ceilings or an older build, and judges the bars.

Machines are noisy: what is compared is measured in the same round, and medians of the rounds' ratios say more than
rates. scripts/bench builds what is needed and calls this.
"""
import argparse
import json
import os
import signal
import sys

import adds
import base
import catch_up
import connections
import cost
import curves
import followers
import growth
import keys
import large
import live
import machine
import reading
import table
from figures import judge
from nodes import BenchmarkError
from scenario import Run

SCENARIOS = {scenario.name: scenario
             for module in (adds, connections, cost, keys, large, reading, live, catch_up, growth, followers, curves)
             for scenario in module.SCENARIOS}
SHORT = ("synced-w2", "growth")
# A short run fails where a figure is so many times off its bar: that has another cause than a busy machine.
SHORT_FACTOR = 3


def arguments():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="The exit code is 1 if a bar is missed, 2 if something could not be measured.")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="what to measure (default: all)")
    parser.add_argument("--list", action="store_true", help="list the scenarios and the bars they belong to")
    parser.add_argument("--rounds", type=int, help="how many (default: 5, 2 if short; scenarios that are long: 1)")
    parser.add_argument("--seconds", type=int, help="of each measured load (default: 3, 1 if short)")
    parser.add_argument("--peers", metavar="DIR", 
                        help="measure rivals too, by the scripts in DIR that print a line of JSON")
    parser.add_argument("--base", metavar="REVISION", help="measure a build of this revision in turn, and no bars")
    parser.add_argument("--json", metavar="FILE", help="where to write all figures, the machine and the revision")
    parser.add_argument("--plot", metavar="FOLDER", help="where to write plots, as SVG, of the scenarios that have one")
    parser.add_argument("--short", action="store_true",
                        help=f"less of everything, {' and '.join(SHORT)} unless said, and each bar "
                        f"{SHORT_FACTOR} times easier")
    parser.add_argument("--replog", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--folder", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = [name for name in options.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error(f"there is no scenario {unknown[0]}: choose from {', '.join(SCENARIOS)}")
    if any(value is not None and value < 1 for value in (options.rounds, options.seconds)):
        parser.error("--rounds and --seconds must be 1 or more")
    if options.peers and not os.path.isdir(options.peers):
        parser.error(f"--peers {options.peers} is no folder")
    return options


def list_scenarios():
    cells = [["scenario", "bar", "what"], *([each.name, each.bar, each.about] for each in SCENARIOS.values())]
    widths = [max(len(row[index]) for row in cells) for index in range(2)]
    for name, bar, about in cells:
        print(f"{name.ljust(widths[0])}  {bar.ljust(widths[1])}  {about}")


def main():
    # A stop ends the processes too, as an exception does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = arguments()
    if options.list:
        list_scenarios()
        return 0
    run = Run(replog=options.replog, client=options.replog, programs=options.folder, folder=options.folder,
              seconds=options.seconds or (1 if options.short else 3), short=options.short, peers=options.peers)
    report = {**machine.described(run), "seconds": run.seconds, "short": run.short, "scenarios": {}}
    print(f"{report['revision']}; {report['cores']} cores, {report['processor']}, load {report['load_before']:.1f} "
          f"before; loads of {run.seconds} s, 32-byte messages unless said, everything on one machine")
    is_met = True
    try:
        older = base.build(options.base, options.folder) if options.base else None
        for name in options.scenarios or (SHORT if options.short else SCENARIOS):
            is_met = measure(SCENARIOS[name], run, options, older, report) and is_met
    except BenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    finally:
        if options.json:
            with open(options.json, "w") as file:
                json.dump(report, file, indent=1)
    return 0 if is_met else 1


def measure(scenario, run, options, older, report):
    """Measures, prints and reports one scenario; returns whether its bars are met."""
    rounds = options.rounds or scenario.rounds or (2 if run.short else 5)
    results = scenario.measure(run, rounds, older)
    print(f"\n{scenario.name}: {scenario.about}; medians of {rounds}")
    print(table.comparison_table(results, older.name) if older else table.results_table(results))
    bars = () if older else scenario.bars
    judged = judge([bar.loosened(SHORT_FACTOR) for bar in bars] if run.short else bars, results)
    for each in judged:
        print(table.bar_line(each))
    report["scenarios"][scenario.name] = table.reported(results, judged)
    if options.plot and scenario.plot:
        os.makedirs(options.plot, exist_ok=True)
        with open(os.path.join(options.plot, f"{scenario.name}.svg"), "w") as file:
            file.write(scenario.plot(results).svg())
    return all(each.is_met for each in judged)


if __name__ == "__main__":
    sys.exit(main())
