#!/usr/bin/env python3
"""Loads nodes on loopback with wrk and prints tables; machines are noisy, so ratios say more than rates.

    bench.py REPLOG BARE_NODE SYNC_PROBE SSE_READERS [options]

What is measured by default, in about three minutes:
* adds: three nodes, each write concern with --sync always and never, in turn with a bare libmicrohttpd node, with 64
  connections and with one; requests per second, latency, CPU time per request over all nodes, syncs per second and
  messages per sync of each node; with one connection how much the median is above the disk's own fdatasync;
* keys: what an Idempotency-Key costs;
* sse: what it costs that 100 readers follow the master live and 100 a follower, and how soon they have each message;
* restart: how soon a master with a long log answers after SIGTERM (files cached, or not) and SIGKILL, and its memory.

Figures are medians over the rounds, ratios those of the same round. The exit code is 1 if a bar is missed.
"""
import argparse
import json
import os
import platform
import signal
import sys

import adds
import catch_up
import keys
import restart
import rivals
import sse
from nodes import BenchmarkError
from table import print_bars


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replog")
    parser.add_argument("bare_node")
    parser.add_argument("sync_probe")
    parser.add_argument("sse_readers")
    parser.add_argument("--rounds", type=int, default=3, help="of adds, keys, sse and rivals (default: 3)")
    parser.add_argument("--seconds", type=int, default=2, help="of each measured load (default: 2)")
    parser.add_argument("--restart-millions", type=millions, default=[1], metavar="N,…",
                        help="messages in the log that is restarted, in millions; 0: no restart (default: 1)")
    parser.add_argument("--no-adds", action="store_true", help="leave out adds, keys and sse")
    parser.add_argument("--catch-up", type=int, nargs="?", const=1_000_000, metavar="N",
                        help="also let a follower that is N messages behind catch up (a million)")
    parser.add_argument("--rivals", action="store_true", help="also measure PostgreSQL and etcd; needs --peers")
    parser.add_argument("--peers", metavar="DIR", 
                        help="scripts replog.py, postgres.py and etcd.py that print one line of JSON")
    parser.add_argument("--folder", default=".", help="below which data is written during the run (default: .)")
    parser.add_argument("--json", metavar="FILE", help="where to write all figures")
    options = parser.parse_args()
    if options.rounds < 1 or options.seconds < 1:
        parser.error("--rounds and --seconds must be 1 or more")
    if options.rivals and not options.peers:
        parser.error("--rivals needs --peers DIR")
    return options


def millions(text):
    values = [float(value) for value in text.split(",")]
    if any(value < 0 or value > 100 for value in values):
        raise argparse.ArgumentTypeError("must be 0 to 100")
    return [value for value in values if value > 0]


def main():
    # A stop ends the processes too, as an exception does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = arguments()
    scenarios = [
        (module, is_wanted) for module, is_wanted in (
            (adds, not options.no_adds), (keys, not options.no_adds), (sse, not options.no_adds),
            (restart, options.restart_millions), (catch_up, options.catch_up), (rivals, options.rivals)) if is_wanted]
    figures, is_met = {}, True
    try:
        if options.rivals:
            rivals.check(options.peers)
        print(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} before; "
              f"{options.rounds} rounds of {options.seconds} s, 32-byte messages, all nodes and wrk on one machine")
        for module, _ in scenarios:
            results = module.measure(options)
            figures[module.__name__] = {name(key): rows for key, rows in results.items()}
            print(f"\n{module.__name__.replace('_', '-')}")
            module.show(results)
            is_met = print_bars(module.bars(results)) and is_met
    except BenchmarkError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    finally:
        if options.json:
            with open(options.json, "w") as file:
                json.dump(figures, file, indent=1)
    return 0 if is_met else 1


def name(key):
    return key if isinstance(key, str) else "-".join(str(part) for part in key)


if __name__ == "__main__":
    sys.exit(main())
