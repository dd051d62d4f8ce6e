"""A slow follower, or a dead one, beside healthy ones."""
import load
from adds import CONNECTIONS
from figures import Bar
from nodes import fresh_cluster
from scenario import Scenario

DELAY_SECONDS = 5
WRITE_CONCERNS = (1, 2)
STATES = ("slow", "dead")
# A dead follower takes no CPU itself: what the others cost the master is looked at.
JUDGED = (("cpu_us", "slow", "CPU"), ("master_cpu_us", "dead", "CPU of the master"),
          *(("p50_ms", state, "median latency") for state in STATES))


def measure(run):
    """CPU and median latency of each state to those with two healthy followers, of new nodes each."""
    row = {}
    for state in ("healthy", *STATES):
        with fresh_cluster(run, "always", delays={2: DELAY_SECONDS} if state == "slow" else None) as cluster:
            if state == "dead":
                cluster.stop_node(2)
            for w in WRITE_CONCERNS:
                load.adds(cluster, CONNECTIONS, 1, load.add_body(w))
                cpu = cluster.node(0).cpu_seconds()
                of = load.adds(cluster, CONNECTIONS, run.seconds, load.add_body(w))
                of["master_cpu_us"] = (cluster.node(0).cpu_seconds() - cpu) / of["requests"] * 1e6
                row.update({f"w{w}_{figure}_{state}": of[figure]
                            for figure in ("rate", "cpu_us", "master_cpu_us", "p50_ms", "p99_ms")})
    for w in WRITE_CONCERNS:
        for figure, state, _ in JUDGED:
            row[f"w{w}_{figure}_{state}_of_healthy"] = row[f"w{w}_{figure}_{state}"] / row[f"w{w}_{figure}_healthy"]
    return row


SCENARIOS = (
    Scenario(
        name="followers", bar="10",
        about=f"a follower {DELAY_SECONDS} s late, or dead, synced, {CONNECTIONS} connections",
        ours=measure,
        bars=tuple(
            Bar(10, f"{what} of w={w} with a {state} follower, of healthy", f"w{w}_{figure}_{state}_of_healthy",
                "<=", 1.25)
            for w in WRITE_CONCERNS for figure, state, what in JUDGED)),
)
