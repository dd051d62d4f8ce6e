"""SSE: what it costs that 100 readers follow the master live, and 100 a follower; in turn without any.

Adds at a fixed rate, w=2, synced. The master's event may come before the add's answer, which waits for a follower.
"""
import array
import os
import select
import socket
import statistics
import subprocess
import sys
import threading
import time

import load
from nodes import BenchmarkError, Cluster, Folder
from table import Table, median

READERS = 100
FOLLOWED = (0, 1)
ADDS_PER_SECOND = 500
ADDERS = 10
WRITE_CONCERN = 2
SECONDS_PER_ROUND = 4
START_SECONDS_MAX = 10
READING_SECONDS_MAX = 60


class Readers:
    """READERS that follow one node from an offset on, in a process of their own; killed when the block ends."""

    def __init__(self, program, node, first, messages, path):
        self.path, self.messages = path, messages
        port = node.url.rsplit(":", 1)[1]
        self.process = subprocess.Popen(
            [program, port, str(READERS), str(first), str(messages), str(READING_SECONDS_MAX), path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def await_start(self):
        readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS_MAX)
        if not readable or self.process.stdout.readline() != "READY\n":
            raise BenchmarkError(f"the readers did not start: {self.end()}")

    def lags(self, answered):
        """Milliseconds from each message's answer to its event, of all readers: each got all, once and in order."""
        self.process.wait(READING_SECONDS_MAX + START_SECONDS_MAX)
        if self.process.returncode != 0:
            raise BenchmarkError(f"the readers failed: {self.end()}")
        times = array.array("q")
        with open(self.path, "rb") as file:
            times.fromfile(file, READERS * self.messages)
        os.remove(self.path)
        return [(moment - answered[index % self.messages]) / 1e6 for index, moment in enumerate(times)]

    def end(self):
        self.process.kill()
        return self.process.communicate()[1].strip()


def add(url, count):
    """Adds `count` messages at a fixed rate; returns when each was answered, in the order of offsets.

    In nanoseconds of the monotonic clock.
    """
    answered, errors = {}, []
    begin = time.monotonic()

    def adder(number):
        try:
            body = load.body(WRITE_CONCERN).encode()
            request = b"POST /add HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), START_SECONDS_MAX) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for index in range(number, count, ADDERS):
                    time.sleep(max(0, begin + index / ADDS_PER_SECOND - time.monotonic()))
                    connection.sendall(request)
                    answer = b""
                    while not answer.endswith(b"}"):
                        piece = connection.recv(4096)
                        if not piece:
                            raise BenchmarkError(f"the connection of an add was lost: {answer}")
                        answer += piece
                    moment = time.monotonic_ns()
                    if b" 200 " not in answer[:16]:
                        raise BenchmarkError(f"an add was not answered 200: {answer}")
                    answered[int(answer.split(b"Log-Offset: ")[1].split(b"\r\n")[0])] = moment
        except (OSError, IndexError, BenchmarkError) as error:
            errors.append(error)

    threads = [threading.Thread(target=adder, args=(number,)) for number in range(ADDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise BenchmarkError(str(errors[0]))
    return [answered[offset] for offset in sorted(answered)]


def measure(options):
    """Rows by "without" and "with" readers."""
    results = {"without": [], "with": []}
    with Folder(options.folder) as folder, Cluster(options.replog, folder.path, "always") as cluster:
        load.measure(cluster, WRITE_CONCERN, 64, 1)
        for number in range(options.rounds):
            without = measure_once(cluster)
            row = measure_followed(options.sse_readers, folder, cluster)
            row["of_without"] = row["cpu_us"] / without["cpu_us"]
            row["event_us"] = (row["cpu_us"] - without["cpu_us"]) / (READERS * len(FOLLOWED))
            results["without"].append(without)
            results["with"].append(row)
            print(f"sse: round {number + 1} of {options.rounds} done", file=sys.stderr)
    return results


def measure_once(cluster, readers=()):
    """CPU time is counted until the nodes and all readers have everything."""
    count = ADDS_PER_SECOND * SECONDS_PER_ROUND
    cpu, begin = cluster.cpu_seconds(), time.monotonic()
    answered = add(cluster.url, count)
    seconds = time.monotonic() - begin
    lags = [each.lags(answered) for each in readers]
    cluster.settle()
    return {"rate": count / seconds, "cpu_us": (cluster.cpu_seconds() - cpu) / count * 1e6, "lags": lags}


def measure_followed(program, folder, cluster):
    first = cluster.node(0).health()["last_offset"] + 1
    count = ADDS_PER_SECOND * SECONDS_PER_ROUND
    with (Readers(program, cluster.node(FOLLOWED[0]), first, count, folder / "master-events") as of_master,
          Readers(program, cluster.node(FOLLOWED[1]), first, count, folder / "follower-events") as of_follower):
        for readers in (of_master, of_follower):
            readers.await_start()
        row = measure_once(cluster, (of_master, of_follower))
    for name, lags in zip(("master", "follower"), row.pop("lags")):
        row[f"{name}_p50_ms"] = statistics.median(lags)
        row[f"{name}_p99_ms"] = statistics.quantiles(lags, n=100)[98]
    return row


def show(results):
    table = Table(("", "<"), ("adds/s", ",.0f"), ("CPU us/add", ".1f"), ("of without", ".2f"), ("CPU us/event", ".2f"),
                  ("master's event after answer, p50 ms", ".2f"), ("p99", ".2f"),
                  ("follower's, p50 ms", ".2f"), ("p99", ".2f"))
    names = ("rate", "cpu_us", "of_without", "event_us", "master_p50_ms", "master_p99_ms", "follower_p50_ms",
             "follower_p99_ms")
    for name, rows in results.items():
        title = "no readers" if name == "without" else f"{READERS} on the master, {READERS} on a follower"
        table.row(title, *(median(rows, key) for key in names))
    table.print()
    events = ADDS_PER_SECOND * SECONDS_PER_ROUND * READERS * len(FOLLOWED) * len(results["with"])
    print(f"{events:,} events: each reader got every message once, in order")


def bars(results):
    return ()
