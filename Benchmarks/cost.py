"""What an add costs all three nodes: CPU time, system calls, syncs, context switches."""
import load
from adds import CONNECTIONS, WARM_UP_SECONDS, relay, written
from figures import Bar
from nodes import fresh_cluster
from scenario import Scenario
from system_calls import SystemCalls

WRITE_CONCERN = 2


def measure(run):
    row = {}
    for sync in ("never", "always"):
        name = "synced" if sync == "always" else "never"
        with fresh_cluster(run, sync) as cluster:
            row.update({f"{name}_{figure}": value for figure, value in measure_cluster(run, cluster).items()})
    return row


def measure_cluster(run, cluster):
    body = load.add_body(WRITE_CONCERN)
    load.adds(cluster, CONNECTIONS, WARM_UP_SECONDS, body)
    before, switches = cluster.counters(), cluster.context_switches()
    row = load.adds(cluster, CONNECTIONS, run.seconds, body)
    after = cluster.context_switches()
    requests = row["requests"]
    costs = {name: row[name] for name in ("rate", "cpu_us", "client_cpu_us")}
    costs["voluntary_switches"], costs["involuntary_switches"] = (
        (new - old) / requests for old, new in zip(switches, after))
    costs["syncs"] = written(before, cluster.counters(), row["seconds"]).get("syncs_s", 0) / row["rate"]
    # In a load of their own: counting them takes time.
    with SystemCalls([member.pid for member in cluster.members]) as calls:
        counted = load.adds(cluster, CONNECTIONS, run.seconds, body)["requests"]
    return {**costs, **{f"call_{name}": count / counted for name, count in calls.counts.items()}}


SCENARIOS = (
    Scenario(
        name="cost", bar="5", about=f"CPU, system calls, syncs and context switches per add, w=2, {CONNECTIONS} connections",
        ours=measure, rivals={"relay": relay(WRITE_CONCERN)},
        bars=(Bar(5, "CPU per add without syncs, to the C relay's", "never_cpu_us", "<=", 1.6, of="relay",
                  of_figure="cpu_us"),
              Bar(5, "CPU per add, synced, to the C relay's", "synced_cpu_us", "<=", 2.2, of="relay",
                  of_figure="cpu_us"))),
)
