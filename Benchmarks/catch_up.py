"""Catch-up: a follower that is far behind, and what it costs those who add meanwhile."""
import signal
import sys
import time

import load
from nodes import Cluster, Folder
from restart import fill

CONNECTIONS = 64
LIVE_SECONDS = 5
CATCH_UP_SECONDS_MAX = 120
SAMPLE_SECONDS = 0.05
NEAR_ENTRIES = 2_000
LIVE_RATIO_MIN = 0.7


class Live:
    """Adds with w=2 until the block ends, for a limited time at the most."""

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        self.wrk = load.start(self.url, 2, CONNECTIONS, CATCH_UP_SECONDS_MAX)
        return self

    def __exit__(self, *_):
        # wrk ends as at its time.
        self.wrk.send_signal(signal.SIGINT)
        self.errors = load.finish(self.wrk, CATCH_UP_SECONDS_MAX)["errors"]


def measure(options):
    """One round per sync policy."""
    results = {}
    for sync in ("always", "never"):
        with Folder(options.folder) as folder, Cluster(options.replog, folder.path, sync) as cluster:
            results[sync] = measure_cluster(cluster, options.catch_up)
        print(f"catch-up with --sync {sync} done", file=sys.stderr)
    return results


def measure_cluster(cluster, behind):
    load.run(cluster.url, 2, CONNECTIONS, 1)
    row = {"both_rate": load.run(cluster.url, 2, CONNECTIONS, LIVE_SECONDS)["rate"]}
    cluster.settle()
    follower = cluster.node(2)
    stopped_at = follower.health()["last_offset"]
    cluster.remove(follower)
    follower.stop()
    row["one_rate"] = load.run(cluster.url, 2, CONNECTIONS, LIVE_SECONDS)["rate"]
    master = cluster.node(0)
    fill(cluster, stopped_at + behind)
    with Live(cluster.url) as live:
        time.sleep(1)
        first_master = master.health()["last_offset"]
        follower = cluster.start_node(2)
        row["start_seconds"] = follower.await_health()
        row.update(watch(master, follower, first_master, stopped_at))
    row["errors"] = live.errors
    cluster.settle()
    row["of_both"] = row["live_rate"] / row["both_rate"]
    row["of_one"] = row["live_rate"] / row["one_rate"]
    return row


def watch(master, follower, first_master, first_follower):
    """From the follower's start until it is near the master's end."""
    while True:
        time.sleep(SAMPLE_SECONDS)
        end, reached = master.health()["last_offset"], follower.health()["last_offset"]
        seconds = time.monotonic() - follower.started
        if end - reached <= NEAR_ENTRIES or seconds > CATCH_UP_SECONDS_MAX - 5:
            return {
                "behind_at_first": first_master - first_follower, "behind_at_last": end - reached, "seconds": seconds,
                "caught_up_rate": (reached - first_follower) / seconds, "live_rate": (end - first_master) / seconds,
                "follower_peak_mb": follower.memory_mb("VmHWM")}


def show(results):
    for sync, row in results.items():
        print(f"--sync {sync}: a follower {row['behind_at_first']:,} behind is {row['behind_at_last']:,} behind "
              f"{row['seconds']:.1f} s after its start: {row['caught_up_rate']:,.0f} messages/s, at most "
              f"{row['follower_peak_mb']:.0f} MB")
        print(f"  adds with w=2: {row['live_rate']:,.0f}/s meanwhile, {row['both_rate']:,.0f}/s before with both "
              f"followers ({row['of_both']:.2f}), {row['one_rate']:,.0f}/s with one ({row['of_one']:.2f}); "
              f"{row['errors']:.0f} errors")


def bars(results):
    for sync, row in results.items():
        yield f"adds during catch-up with --sync {sync}, of before", row["of_both"], ">=", LIVE_RATIO_MIN
        yield f"behind after catch-up with --sync {sync}, messages", row["behind_at_last"], "<=", NEAR_ENTRIES
