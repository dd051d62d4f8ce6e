"""Keys: adds with an Idempotency-Key of 36 characters each, in turn with adds without, w=2, synced, 64 connections."""
import sys
import uuid

import load
from nodes import Cluster, Folder
from table import Table, median

CONNECTIONS = 64
WRITE_CONCERN = 2
WARM_UP_SECONDS = 1
CPU_OF_PLAIN_MAX = 1.15


def measure(options):
    """Rows by "plain" and "keyed"."""
    results = {"plain": [], "keyed": []}
    with Folder(options.folder) as folder, Cluster(options.replog, folder.path, "always") as cluster:
        load.measure(cluster, WRITE_CONCERN, CONNECTIONS, WARM_UP_SECONDS)
        for number in range(options.rounds):
            plain = load.measure(cluster, WRITE_CONCERN, CONNECTIONS, options.seconds)
            # The master forgets older ones: each is used once.
            keyed = load.measure(cluster, WRITE_CONCERN, CONNECTIONS, options.seconds, key=str(uuid.uuid4())[:28])
            keyed["of_plain"] = keyed["cpu_us"] / plain["cpu_us"]
            results["plain"].append(plain)
            results["keyed"].append(keyed)
            print(f"keys: round {number + 1} of {options.rounds} done", file=sys.stderr)
    return results


def show(results):
    table = Table(("", "<"), ("requests/s", ",.0f"), ("p50 ms", ".2f"), ("p99 ms", ".2f"), ("CPU us/req", ".1f"),
                  ("of plain", ".2f"), ("errors", ".0f"))
    for name, rows in results.items():
        table.row(
            f"w={WRITE_CONCERN} always, {name}", *(median(rows, key) for key in ("rate", "p50_ms", "p99_ms", "cpu_us")),
            median(rows, "of_plain") if name == "keyed" else None, sum(row["errors"] for row in rows))
    table.print()


def bars(results):
    yield ("CPU of an add with a key, of one without", median(results["keyed"], "of_plain"), "<=", CPU_OF_PLAIN_MAX)
