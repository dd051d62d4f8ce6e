"""What an add costs all three nodes: CPU time, system calls, allocations, syncs, context switches."""
import allocations
import load
from adds import CONNECTIONS, WARM_UP_SECONDS, relay, written
from figures import Bar
from nodes import Folder, fresh_cluster
from scenario import Scenario
from system_calls import SystemCalls

WRITE_CONCERN = 2
BODY = load.add_body(WRITE_CONCERN)


def measure(run):
    row = {}
    for sync, name in (("never", "never"), ("always", "synced")):
        costs = {**plain(run, sync), **counted(run, sync)}
        row.update({f"{name}_{figure}": value for figure, value in costs.items()})
    return row


def plain(run, sync):
    """What the system and the nodes tell without being asked to count."""
    with fresh_cluster(run, sync) as cluster:
        load.adds(cluster, CONNECTIONS, WARM_UP_SECONDS, BODY)
        before, switches = cluster.counters(), cluster.context_switches()
        row = load.adds(cluster, CONNECTIONS, run.seconds, BODY)
        after = cluster.context_switches()
        syncs = written(before, cluster.counters(), row["seconds"]).get("syncs_s", 0) / row["rate"]
    voluntary, involuntary = ((new - old) / row["requests"] for old, new in zip(switches, after))
    return {**{name: row[name] for name in ("rate", "cpu_us", "client_cpu_us")}, "syncs": syncs,
            "voluntary_switches": voluntary, "involuntary_switches": involuntary}


def counted(run, sync):
    """System calls and allocations, of other nodes: counting takes time."""
    with Folder(run.folder) as folder, fresh_cluster(
            run, sync, environment=allocations.environment(run, folder.path)) as cluster:
        load.adds(cluster, CONNECTIONS, WARM_UP_SECONDS, BODY)
        with SystemCalls([member.pid for member in cluster.members]) as calls:
            before = allocations.count(folder.path)
            requests = load.adds(cluster, CONNECTIONS, run.seconds, BODY)["requests"]
            allocated = allocations.count(folder.path) - before
    per_add = {f"call_{name}": count / requests for name, count in calls.counts.items()}
    return {"allocations": allocated / requests, **per_add}


SCENARIOS = (
    Scenario(
        name="cost", bar="5",
        about=f"CPU, system calls, allocations and switches per add, w=2, {CONNECTIONS} connections",
        ours=measure, rivals={"relay": relay(WRITE_CONCERN)},
        bars=(Bar(5, "CPU per add without syncs, to the C relay's", "never_cpu_us", "<=", 1.6, of="relay",
                  of_figure="cpu_us"),
              Bar(5, "CPU per add, synced, to the C relay's", "synced_cpu_us", "<=", 2.2, of="relay",
                  of_figure="cpu_us"))),
)
