"""Restart: how soon a node with a long log answers, and what memory it takes."""
import http.client
import os
import signal
import sys
import time

import load
from nodes import BenchmarkError, Cluster, Folder
from table import Table, median

STARTS = 3
FILL_SECONDS_MAX = 900
FILL_CONNECTIONS = 256
FILL_PIPELINED = 16
READ_PIECE_BYTES = 1 << 18
READ_SECONDS_MAX = 300
MEMORY_MB_MAX = 200
START_SECONDS_MAX = 10
WAYS = ("SIGTERM", "SIGTERM, cold", "SIGKILL")


def measure(options):
    """Rows by number of millions and way of stopping. One log grows from one number to the next."""
    results = {}
    with Folder(options.folder) as folder, Cluster(options.replog, folder.path, "never", followers=0) as master:
        for millions in sorted(options.restart_millions):
            fill(master, int(millions * 1_000_000))
            for _ in range(STARTS):
                for way in WAYS:
                    results.setdefault((millions, way), []).append(restart(master, way))
            print(f"restart: {millions:g} million messages done", file=sys.stderr)
    return results


def fill(cluster, count):
    """Adds messages until there are `count` at least."""
    deadline = time.monotonic() + FILL_SECONDS_MAX
    while True:
        missing = count - cluster.node(0).health()["last_offset"]
        if missing <= 0:
            return
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{missing} of {count} messages are still missing after {FILL_SECONDS_MAX} s")
        load.run(cluster.url, 1, FILL_CONNECTIONS, 10 if missing > 2_000_000 else 2, pipelined=FILL_PIPELINED)


def restart(cluster, way):
    """Stops the master, starts it, reads everything once. What was there before must be there afterwards."""
    node = cluster.node(0)
    cluster.settle()
    before = node.health()["last_offset"]
    cluster.remove(node)
    node.stop(signal.SIGKILL if way == "SIGKILL" else signal.SIGTERM)
    if way.endswith("cold"):
        forget_pages(cluster.folder)
    node = cluster.start_node(0)
    row = {"start_seconds": node.await_health(), "start_rss_mb": node.memory_mb("VmRSS")}
    after = node.health()["last_offset"]
    row["read_seconds"], messages = read_all(node.url)
    row.update(messages=messages, read_rss_mb=node.memory_mb("VmRSS"), peak_mb=node.memory_mb("VmHWM"))
    if not before == after == messages:
        raise BenchmarkError(f"after {way}: {before} messages before, {after} afterwards, {messages} read")
    return row


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


def read_all(url):
    """Reads GET /messages in pieces: how long it took and how many messages there were."""
    started = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", int(url.rsplit(":", 1)[1]), timeout=30)
    end = f'{load.PAYLOAD[0]}"'.encode()
    messages, carried = 0, b""
    try:
        connection.request("GET", "/messages")
        answer = connection.getresponse()
        while piece := answer.read(READ_PIECE_BYTES):
            piece = carried + piece
            messages += piece.count(end)
            carried = piece[-1:]
            if time.monotonic() - started > READ_SECONDS_MAX:
                raise BenchmarkError(f"GET /messages takes more than {READ_SECONDS_MAX} s")
    finally:
        connection.close()
    return time.monotonic() - started, messages


def show(results):
    table = Table(
        ("restart after", "<"), ("messages", ",.0f"), ("first answer s", ".3f"), ("resident MB", ".0f"),
        ("read all s", ".2f"), ("resident MB then", ".0f"), ("peak MB", ".0f"))
    for (_, way), rows in results.items():
        table.row(way, *(median(rows, name) for name in (
            "messages", "start_seconds", "start_rss_mb", "read_seconds", "read_rss_mb", "peak_mb")))
    table.print()


def bars(results):
    for (millions, way), rows in results.items():
        yield (f"start with {millions:g} million messages after {way}, s",
               median(rows, "start_seconds"), "<=", START_SECONDS_MAX)
    peak = max(row["peak_mb"] for rows in results.values() for row in rows)
    yield "resident memory at its peak, MB", peak, "<=", MEMORY_MB_MAX
