"""Catch-up: a follower that is far behind, and what it costs those who add meanwhile."""
import signal
import time

import load
from adds import CONNECTIONS
from figures import Bar
from fill import fill
from nodes import fresh_cluster
from scenario import Scenario

BEHIND, BEHIND_SHORT = 1_000_000, 200_000
WRITE_CONCERN = 2
CATCH_UP_SECONDS_MAX = 60
SAMPLE_SECONDS = 0.02
NEAR_ENTRIES = 2_000


class Live:
    """Adds until the block ends, for a limited time at the most."""

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.wrk = load.start(f"{self.url}/add", CONNECTIONS, CATCH_UP_SECONDS_MAX, body=load.add_body(WRITE_CONCERN))
        return self

    def __exit__(self, *_):
        # wrk ends as at its time.
        self.wrk.send_signal(signal.SIGINT)
        self.errors = load.finish(self.wrk, CATCH_UP_SECONDS_MAX)["errors"]


def measure(run):
    """One synced cluster: adds with both followers, with one, and while the other one is filled."""
    with fresh_cluster(run, "always") as cluster:
        body = load.add_body(WRITE_CONCERN)
        load.adds(cluster, CONNECTIONS, 1, body)
        row = {"both_rate": load.adds(cluster, CONNECTIONS, run.seconds, body)["rate"]}
        stopped_at = cluster.node(2).health()["last_offset"]
        cluster.stop_node(2)
        row["one_rate"] = load.adds(cluster, CONNECTIONS, run.seconds, body)["rate"]
        fill(cluster, stopped_at + run.size(BEHIND, BEHIND_SHORT))
        master = cluster.node(0)
        with Live(cluster.url) as live:
            time.sleep(1)
            follower = cluster.start_node(2)
            row["start_s"] = follower.await_health()
            row.update(watch(master, follower, stopped_at))
        cluster.settle()
    row["errors"] = live.errors
    row["of_both"] = row["live_rate"] / row["both_rate"]
    row["of_one"] = row["live_rate"] / row["one_rate"]
    return row


def watch(master, follower, first):
    """From the follower's first answer until it is near the master's end."""
    begin, live_first = time.monotonic(), master.health()["last_offset"]
    while True:
        time.sleep(SAMPLE_SECONDS)
        end, reached = master.health()["last_offset"], follower.health()["last_offset"]
        seconds = time.monotonic() - begin
        if end - reached <= NEAR_ENTRIES or seconds > CATCH_UP_SECONDS_MAX - 5:
            return {"behind": live_first - first, "behind_at_last": max(0, end - reached), "seconds": seconds,
                    "filled_rate": (reached - first) / seconds, "live_rate": (end - live_first) / seconds,
                    "follower_peak_mb": follower.memory_mb("VmHWM")}


SCENARIOS = (
    Scenario(
        name="catch-up", bar="8", about=f"a follower {BEHIND:,} messages behind ({BEHIND_SHORT:,} if short), synced",
        ours=measure,
        bars=(Bar(8, "messages/s that the follower is filled with", "filled_rate", ">=", 300_000),
              Bar(8, "adds/s meanwhile, of those before", "of_both", ">=", 0.7),
              Bar(8, "messages behind at last", "behind_at_last", "<=", NEAR_ENTRIES))),
)
