"""Growth: what an add costs with a long log, and how soon a node with one answers again."""
import os
import signal

import load
from adds import CONNECTIONS
from figures import Bar
from fill import fill
from nodes import BenchmarkError, fresh_cluster
from scenario import Scenario

SMALL = 10_000
LARGE, LARGE_SHORT = 10_000_000, 500_000
WRITE_CONCERN = 2


def measure(run):
    """CPU per add with a short log, then a long one, on the same nodes; then restarts of the master."""
    with fresh_cluster(run, "never") as cluster:
        fill(cluster, SMALL)
        load.adds(cluster, CONNECTIONS, 1, load.add_body(WRITE_CONCERN))
        small = load.adds(cluster, CONNECTIONS, run.seconds, load.add_body(WRITE_CONCERN))
        fill(cluster, run.size(LARGE, LARGE_SHORT))
        large = load.adds(cluster, CONNECTIONS, run.seconds, load.add_body(WRITE_CONCERN))
        master = cluster.node(0)
        resident = [member.memory_mb("VmRSS") for member in (master, *cluster.members)]
        row = {"small_cpu_us": small["cpu_us"], "large_cpu_us": large["cpu_us"],
               "of_small": large["cpu_us"] / small["cpu_us"], "messages": master.health()["last_offset"],
               "resident_mb": max(resident), "master_resident_mb": resident[0]}
        for name, way, is_cold in (("stopped", signal.SIGTERM, False), ("cold", signal.SIGTERM, True),
                                   ("killed", signal.SIGKILL, False)):
            row[f"start_{name}_s"], row["started_resident_mb"] = restart(cluster, way, is_cold)
    row["start_s"] = max(value for name, value in row.items() if name.startswith("start_"))
    return row


def restart(cluster, way, is_cold):
    """Stops the master and starts it: how soon it answers, and its memory. What was there before must be there."""
    before = cluster.node(0).health()["last_offset"]
    cluster.stop_node(0, way)
    if is_cold:
        forget_pages(cluster.folder)
    node = cluster.start_node(0)
    seconds = node.await_health()
    after = node.health()["last_offset"]
    if before != after:
        raise BenchmarkError(f"{before} messages before a restart, {after} afterwards")
    return seconds, node.memory_mb("VmRSS")


def forget_pages(folder):
    """Writes out what the page cache holds of the files and drops it, so that the next start reads from the disk."""
    for directory, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(os.path.join(directory, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


SCENARIOS = (
    Scenario(
        name="growth", bar="9",
        about=f"CPU per add, start and memory with {LARGE:,} messages ({LARGE_SHORT:,} if short)",
        ours=measure, rounds=1,
        bars=(Bar(9, f"CPU per add, of that with {SMALL:,} messages", "of_small", "<=", 1.15),
              Bar(9, "start, s", "start_s", "<=", 2),
              Bar(9, "resident memory, MB", "resident_mb", "<=", 100))),
)
