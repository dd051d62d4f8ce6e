"""Adds: each write concern with and without syncs, in turn with the bare node, with 64 connections and with one."""
import sys

import disk
import load
from nodes import BareNode, Cluster, Folder
from table import Table, median

CONNECTIONS = (64, 1)
WRITE_CONCERNS = (1, 2, 3)
SYNCS = ("always", "never")
PROBE_SECONDS = 0.25
PROBES = 3
WARM_UP_SECONDS = 1
W3_OF_BARE_MIN = 0.25
ALWAYS_OF_NEVER_MIN = 0.5
ABOVE_SYNC_MS_MAX = 0.5


def measure(options):
    """Rows by (sync, write concern, connections); ("bare", 0, connections); ("disk", 0, writers).

    All nodes are up all the time: one that is idle costs nothing.
    """
    results = {}
    with Folder(options.folder) as folder:
        clusters = {sync: Cluster(options.replog, folder.path, sync) for sync in SYNCS}
        with BareNode(options.bare_node) as bare, clusters["always"], clusters["never"]:
            for group in (bare, *clusters.values()):
                load.measure(group, 3, 64, WARM_UP_SECONDS)
            for number in range(options.rounds):
                for key, row in measure_round(options, folder, bare, clusters):
                    results.setdefault(key, []).append(row)
                print(f"adds: round {number + 1} of {options.rounds} done", file=sys.stderr)
    return results


def measure_round(options, folder, bare, clusters):
    """Everything once, what is compared close together."""
    for connections in CONNECTIONS:
        bare_row = load.measure(bare, 1, connections, options.seconds)
        yield ("bare", 0, connections), bare_row
        for w in WRITE_CONCERNS:
            # Whatever else the machine does makes a probe slower, never faster: the lowest is the disk's own.
            probe = connections == 1 and min(
                (disk.measure(options.sync_probe, folder.path, PROBE_SECONDS) for _ in range(PROBES)),
                key=lambda row: row["p50_ms"])
            rows = {sync: measure_cluster(clusters[sync], w, connections, options.seconds) for sync in SYNCS}
            rows["always"]["of_never"] = rows["always"]["rate"] / rows["never"]["rate"]
            if probe:
                rows["always"]["above_sync_ms"] = rows["always"]["p50_ms"] - probe["p50_ms"]
                yield ("disk", 0, 1), probe
            for sync, row in rows.items():
                row["of_bare"] = row["rate"] / bare_row["rate"]
                yield (sync, w, connections), row
    yield ("disk", 0, 3), disk.measure(options.sync_probe, folder.path, PROBE_SECONDS, writers=3)


def measure_cluster(cluster, w, connections, seconds):
    """One load, with what each node wrote and synced for it."""
    before = cluster.counters()
    row = load.measure(cluster, w, connections, seconds)
    written = [{name: after[name] - old[name] for name in old} for old, after in zip(before, cluster.counters())]
    seconds = row["requests"] / row["rate"]
    row["nodes"] = [
        {"syncs_per_second": node["syncs"] / seconds,
         "messages_per_sync": node["entries_written"] / node["syncs"] if node["syncs"] else None,
         "bytes_per_message": node["bytes_written"] / max(1, node["entries_written"])} for node in written]
    row["memory_mb"] = max(member.memory_mb("VmHWM") for member in cluster.members)
    return row


def show(results):
    table = Table(
        ("", "<"), ("requests/s", ",.0f"), ("p50 ms", ".2f"), ("p99 ms", ".2f"), ("CPU us/req", ".1f"),
        ("of bare", ".2f"), ("of never", ".2f"), ("above sync ms", ".2f"), ("syncs/s", "<"), ("messages/sync", "<"),
        ("errors", ".0f"))
    for connections in CONNECTIONS:
        bare_rows = results[("bare", 0, connections)]
        table.row(f"bare node, {connections} conn.", *basic(bare_rows), None, None, None, None, None, errors(bare_rows))
        for w in WRITE_CONCERNS:
            for sync in SYNCS:
                rows = results[(sync, w, connections)]
                table.row(
                    f"w={w} {sync}, {connections} conn.", *basic(rows), median(rows, "of_bare"),
                    median(rows, "of_never"), median(rows, "above_sync_ms"),
                    per_node(rows, "syncs_per_second", ",.0f"), per_node(rows, "messages_per_sync", ".1f"),
                    errors(rows))
    table.print()
    for writers, name in ((1, "alone"), (3, "three files at once")):
        rows = results[("disk", 0, writers)]
        print(f"fdatasync of a 200-byte append, {name}: median {median(rows, 'p50_ms'):.3f} ms, "
              f"p99 {median(rows, 'p99_ms'):.3f} ms")


def errors(rows):
    return sum(row["errors"] for row in rows)


def basic(rows):
    return [median(rows, name) for name in ("rate", "p50_ms", "p99_ms", "cpu_us")]


def per_node(rows, name, form):
    """Medians: the master / the first follower / the second."""
    values = [median([row["nodes"][index] for row in rows], name) for index in range(len(rows[0]["nodes"]))]
    if None in values or not any(values):
        return None
    return " / ".join(format(value, form) for value in values)


def bars(results):
    yield ("w=3 never, 64 connections, of the bare node",
           median(results[("never", 3, 64)], "of_bare"), ">=", W3_OF_BARE_MIN)
    yield ("w=2 always, 64 connections, of never",
           median(results[("always", 2, 64)], "of_never"), ">=", ALWAYS_OF_NEVER_MIN)
    yield ("w=2 always, 1 connection, median above the disk's own, ms",
           median(results[("always", 2, 1)], "above_sync_ms"), "<=", ABOVE_SYNC_MS_MAX)
