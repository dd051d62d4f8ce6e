"""A thousand connections: what they cost while they load, and what one takes that waits."""
import json
import resource
import socket
import time

import load
from figures import Bar
from nodes import BenchmarkError, fresh_cluster
from scenario import Scenario

MANY = 1000
FEW = 64
WAITING = 1000
# They take what the master's allocator has kept of memory that the load before them freed; those after them are measured.
WAITING_FIRST = 2000
WAIT_SECONDS_MAX = 20
# The least a node can be given: all of it is resident as soon as a request came.
POOL_BYTES = 4096


def load_both(run):
    """The rate with few connections, then with many, on the same nodes."""
    with fresh_cluster(run, "always") as cluster:
        body = load.add_body(2)
        load.adds(cluster, FEW, 1, body)
        few, many = (load.adds(cluster, connections, run.seconds, body) for connections in (FEW, MANY))
    row = {f"{name}_{FEW}": few[name] for name in ("rate", "p50_ms", "p99_ms", "cpu_us", "errors")}
    row.update({f"{name}_{MANY}": many[name] for name in ("rate", "p50_ms", "p99_ms", "cpu_us", "errors")})
    return {**row, "of_few": many["rate"] / few["rate"]}


def waiting_memory(run):
    """Resident memory per waiting request: all of it as nodes are run, and what is beyond libmicrohttpd's pool."""
    _, descriptors_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors_max, descriptors_max))
    with_small_pool = waiting_kb(run, ["--connection-memory", str(POOL_BYTES)])
    return {"waiting_kb": waiting_kb(run, []), "beyond_pool_kb": with_small_pool - POOL_BYTES / 1024}


def waiting_kb(run, options):
    """How much the master grows by a request that waits for a follower which is gone."""
    with fresh_cluster(run, "never", options=options) as cluster:
        load.adds(cluster, FEW, 1, load.add_body(2))
        cluster.stop_node(2)
        master = cluster.node(0)
        connections = []
        try:
            let_wait(connections, WAITING_FIRST, cluster.url, master)
            before = master.memory_mb("VmRSS")
            let_wait(connections, WAITING, cluster.url, master)
            return (master.memory_mb("VmRSS") - before) * 1024 / WAITING
        finally:
            for connection in connections:
                connection.close()


def let_wait(connections, count, url, master):
    """Adds so many connections whose requests wait, and waits until the master has them all."""
    end = master.health()["last_offset"] + count
    connections += [waiting_request(url) for _ in range(count)]
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while master.health()["last_offset"] < end:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{count} requests do not all come in")
        time.sleep(0.05)


def waiting_request(url):
    """A connection whose add waits for three nodes."""
    body = json.dumps({"data": load.PAYLOAD, "write_concern": 3}).encode()
    connection = socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), WAIT_SECONDS_MAX)
    connection.sendall(b"POST /add HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    return connection


SCENARIOS = (
    Scenario(
        name="many-connections", bar="4", about=f"adds, w=2, synced, {MANY} connections to {FEW}", ours=load_both,
        bars=(Bar(4, f"adds/s with {MANY} connections, of those with {FEW}", "of_few", ">=", 0.85),
              Bar(4, f"errors with {MANY}", f"errors_{MANY}", "<=", 0),
              Bar(4, f"p99 with {MANY}, ms", f"p99_ms_{MANY}", "<=", 100))),
    Scenario(
        name="waiting-memory", bar="4",
        about=f"the master's memory with {WAITING} more requests that wait for a dead follower",
        ours=waiting_memory,
        bars=(Bar(4, "memory per waiting request beyond the pool, KB", "beyond_pool_kb", "<=", 8),)),
)
