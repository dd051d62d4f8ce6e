"""Adds with 64 connections or one, beside the rivals, a bare node and the disk."""
import disk
import load
import peers
from figures import Bar
from nodes import BareNode, fresh_cluster
from scenario import Scenario

CONNECTIONS = 64
WARM_UP_SECONDS = 1


def replog(sync, write_concern, connections=CONNECTIONS, text=load.PAYLOAD, count=1):
    """Measures adds on three nodes, each of a message or of a list."""
    body = load.add_body(write_concern, text, count)

    def measure(run):
        with fresh_cluster(run, sync) as cluster:
            load.adds(cluster, connections, WARM_UP_SECONDS, body)
            before = cluster.counters()
            row = load.adds(cluster, connections, run.seconds, body)
            row.update(written(before, cluster.counters(), row["seconds"]))
        if count > 1:
            row["messages_s"] = row["rate"] * count
        return row

    return measure


def written(before, after, seconds):
    """What the nodes wrote during a load, of their counters."""
    nodes = [{name: new[name] - old[name] for name in old} for old, new in zip(before, after)]
    master = nodes[-1]
    row = {"disk_mb_s": sum(node["bytes_written"] for node in nodes) / seconds / 1e6}
    if all(node["syncs"] for node in nodes):
        row["syncs_s"] = sum(node["syncs"] for node in nodes) / seconds
        row["messages_per_sync"] = master["entries_written"] / master["syncs"]
        row["sync_bytes"] = [max(1, node["bytes_written"] // node["syncs"]) for node in nodes]
    return row


def bare(connections=CONNECTIONS):
    """A contestant: the bare node with the same load."""
    def measure(run, _):
        with BareNode(run) as node:
            return load.adds(node, connections, run.seconds, load.add_body(1))

    return measure


def redis(write_concern, aof, connections=CONNECTIONS):
    return peers.rival("redis.py", "--w", str(write_concern), "--aof", aof, connections=connections)


def relay(write_concern, connections=CONNECTIONS):
    return peers.rival("relay.py", "--mode", "batch", "--w", str(write_concern), connections=connections)


def with_rivals(sync, write_concern):
    """64 connections, beside Redis that syncs as we do, the C relay, and what this machine gives at most."""
    is_synced = sync == "always"
    return Scenario(
        name=f"{'synced' if is_synced else 'never'}-w{write_concern}", bar="1" if is_synced else "2",
        about=f"adds, w={write_concern}, --sync {sync}, {CONNECTIONS} connections",
        ours=replog(sync, write_concern),
        ceilings={"bare node": bare(), **({"disk": disk.same_pattern} if is_synced else {})},
        rivals={"redis": redis(write_concern, "always" if is_synced else "no"), "relay": relay(write_concern)},
        bars=SYNCED_BARS if is_synced else NEVER_BARS)


SYNCED_BARS = (
    Bar(1, "adds/s of those of Redis with appendfsync always", "rate", ">=", 1.6, of="redis"),
    Bar(1, "adds/s of those of the C relay", "rate", ">=", 0.5, of="relay"),
    Bar(1, "errors", "errors", "<=", 0),
    # The relay reaches 0.63 of a bare node.
    Bar(1, "adds/s of those of a bare node", "rate", ">=", 0.3, of="bare node"),
    # Between two syncs of a node lies the way of its messages.
    Bar(1, "bytes/s of those of three writers with the same syncs", "disk_mb_s", ">=", 0.15, of="disk"),
)
NEVER_BARS = (
    Bar(2, "adds/s of those of Redis without fsync", "rate", ">=", 1, of="redis"),
    Bar(2, "adds/s of those of the C relay", "rate", ">=", 0.65, of="relay"),
    Bar(2, "errors", "errors", "<=", 0),
    Bar(2, "adds/s of those of a bare node", "rate", ">=", 0.4, of="bare node"),
)

SCENARIOS = (
    *(with_rivals(sync, write_concern) for sync in ("always", "never") for write_concern in (2, 3)),
    Scenario(
        name="one-connection", bar="3", about="latency of adds, w=2, synced, one connection",
        ours=replog("always", 2, connections=1), ceilings={"bare node": bare(1), "disk": disk.one_append},
        rivals={"redis": redis(2, "always", connections=1)},
        bars=(Bar(3, "median latency to that of Redis with appendfsync always", "p50_ms", "<=", 1, of="redis"),
              Bar(3, "p99 to that of Redis", "p99_ms", "<=", 1.5, of="redis"))),
)
