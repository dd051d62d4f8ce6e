"""Live readers: how late they are when messages are added at a fixed rate, and what they cost."""
import array
import select
import socket
import statistics
import subprocess
import threading
import time

import load
from figures import Bar
from nodes import BenchmarkError, Folder, fresh_cluster
from scenario import Scenario

READERS, READERS_SHORT = 1000, 100
ADDS_PER_SECOND = 100
ADDERS = 10
WRITE_CONCERN = 2
START_SECONDS_MAX = 20
READING_SECONDS_MAX = 60


class Readers:
    """So many that follow one node from an offset on, in a process of their own; killed when the block ends."""

    def __init__(self, run, node, count, first, messages, path):
        self.path, self.count, self.messages = path, count, messages
        port = node.url.rsplit(":", 1)[1]
        self.process = subprocess.Popen(
            [run.program("sse_readers"), port, str(count), str(first), str(messages), str(READING_SECONDS_MAX), path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        readable, _, _ = select.select([self.process.stdout], [], [], START_SECONDS_MAX)
        if not readable or self.process.stdout.readline() != "READY\n":
            raise BenchmarkError(f"the readers did not start: {self.end()}")
        return self

    def __exit__(self, *_):
        self.end()

    def lags(self, due):
        """Milliseconds from when each message was due to its event, of all readers: each got all, once and in order."""
        self.process.wait(READING_SECONDS_MAX + START_SECONDS_MAX)
        if self.process.returncode != 0:
            raise BenchmarkError(f"the readers failed: {self.end()}")
        times = array.array("q")
        with open(self.path, "rb") as file:
            times.fromfile(file, self.count * self.messages)
        return [moment / 1e6 - due[index % self.messages] * 1e3 for index, moment in enumerate(times)]

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        return (self.process.communicate()[1] or "").strip()


def add(url, count):
    """Adds `count` messages at a fixed rate; returns when each was due, in seconds, in the order of offsets."""
    due, errors = {}, []
    begin = time.monotonic()

    def adder(number):
        try:
            body = load.add_body(WRITE_CONCERN).encode()
            request = b"POST /add HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), START_SECONDS_MAX) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for index in range(number, count, ADDERS):
                    moment = begin + index / ADDS_PER_SECOND
                    time.sleep(max(0, moment - time.monotonic()))
                    connection.sendall(request)
                    answer = b""
                    while not answer.endswith(b"}"):
                        piece = connection.recv(4096)
                        if not piece:
                            raise BenchmarkError(f"the connection of an add was lost: {answer}")
                        answer += piece
                    if b" 200 " not in answer[:16]:
                        raise BenchmarkError(f"an add was not answered 200: {answer}")
                    due[int(answer.split(b"Log-Offset: ")[1].split(b"\r\n")[0])] = moment
        except (OSError, IndexError, BenchmarkError) as error:
            errors.append(error)

    threads = [threading.Thread(target=adder, args=(number,)) for number in range(ADDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise BenchmarkError(str(errors[0]))
    return [due[offset] for offset in sorted(due)]


def measure(run):
    """The same adds with readers on the master and without."""
    readers, count = run.size(READERS, READERS_SHORT), ADDS_PER_SECOND * run.seconds
    with Folder(run.folder) as folder, fresh_cluster(run, "always") as cluster:
        load.adds(cluster, 64, 1, load.add_body(WRITE_CONCERN))
        plain, _ = cpu_of(cluster, lambda: add(cluster.url, count))
        first = cluster.node(0).health()["last_offset"] + 1
        with Readers(run, cluster.node(0), readers, first, count, folder / "events") as following:
            cpu, lags = cpu_of(cluster, lambda: following.lags(add(cluster.url, count)))
    return {"readers": readers, "lag_p50_ms": statistics.median(lags), "lag_max_ms": max(lags),
            "lag_p99_ms": statistics.quantiles(lags, n=100)[98], "add_cpu_us": plain / count * 1e6,
            "event_cpu_us": (cpu - plain) / (count * readers) * 1e6}


def cpu_of(cluster, work):
    """The CPU seconds of all nodes for some work, and its result."""
    before = cluster.cpu_seconds()
    result = work()
    cluster.settle()
    return cluster.cpu_seconds() - before, result


SCENARIOS = (
    Scenario(
        name="live", bar="7",
        about=f"{READERS} live readers of the master ({READERS_SHORT} if short), {ADDS_PER_SECOND} adds/s",
        ours=measure, bars=(Bar(7, "lag behind when a message was due, p99, ms", "lag_p99_ms", "<=", 100),)),
)
