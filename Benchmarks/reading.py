"""Reading all, and pages, beside a bare node that sends the same bytes from memory."""
import socket
import time

import load
from figures import Bar
from fill import fill
from nodes import BareNode, BenchmarkError, Folder, fresh_cluster
from scenario import Scenario

MESSAGES, MESSAGES_SHORT = 1_000_000, 100_000
PAGE_MESSAGES = 100
CONNECTIONS = 64
PIECE_BYTES = 1 << 20


def answer(messages):
    """The body that a node answers for so many messages."""
    texts = b",".join([b'{"text":"%s"}' % load.PAYLOAD.encode()] * messages)
    return b'{"status_code":200,"message":"Messages fetched successfully","data":[' + texts + b"]}"


def count(run):
    return run.size(MESSAGES, MESSAGES_SHORT)


def ours(read):
    """Reads from a master with a long log."""
    def measure(run):
        with fresh_cluster(run, "never", followers=0) as cluster:
            fill(cluster, count(run))
            return read(run, cluster)

    return measure


def bare(read, messages):
    """A contestant: reads from a bare node that has the same bytes."""
    def measure(run, _):
        with Folder(run.folder) as folder:
            with open(folder / "answer", "wb") as file:
                file.write(answer(messages(run)))
            with BareNode(run, folder / "answer") as node:
                return read(run, node)

    return measure


def whole(run, group):
    """Reads all again and again: its rate, and the CPU of the node for a gigabyte."""
    expected, buffer = len(answer(count(run))), bytearray(PIECE_BYTES)
    read_once(group.url, buffer, expected)
    cpu, begin, reads = group.cpu_seconds(), time.monotonic(), 0
    while time.monotonic() - begin < run.seconds or reads == 0:
        read_once(group.url, buffer, expected)
        reads += 1
    seconds = time.monotonic() - begin
    return {"mb_s": reads * expected / seconds / 1e6, "read_s": seconds / reads,
            "cpu_s_per_gb": (group.cpu_seconds() - cpu) / (reads * expected / 1e9)}


def read_once(url, buffer, expected):
    """One GET, 1.0 so that the connection's end is the answer's; the body must have the expected length."""
    with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), 60) as connection:
        connection.sendall(b"GET /messages HTTP/1.0\r\nHost: localhost\r\n\r\n")
        head, length = b"", 0
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                raise BenchmarkError(f"GET /messages was not answered: {head}")
            head += piece
        length = len(head) - head.index(b"\r\n\r\n") - 4
        while got := connection.recv_into(buffer):
            length += got
    if b" 200 " not in head[:16] or length != expected:
        raise BenchmarkError(f"GET /messages was answered with {length} bytes, not {expected}: {head[:100]}")


def pages(order):
    """Pages: the one in the middle of the log again and again, or in an order that load.lua knows."""
    def read(run, group):
        url = f"{group.url}/messages?from={count(run) // 2}&limit={PAGE_MESSAGES}"
        wanted = {} if order == "same" else {"pages": (PAGE_MESSAGES, count(run), order)}
        load.run(url, CONNECTIONS, 1, **wanted)
        cpu = group.cpu_seconds()
        row = load.run(url, CONNECTIONS, run.seconds, **wanted)
        return {**row, "cpu_us": (group.cpu_seconds() - cpu) / max(1, row["requests"]) * 1e6}

    return read


def pages_in(order, name, about, bar=0.5):
    return Scenario(
        name=name, bar="7" if bar else "-", about=f"pages of {PAGE_MESSAGES}, {about}, {CONNECTIONS} connections",
        ours=ours(pages(order)), ceilings={"bare node": bare(pages(order), lambda _: PAGE_MESSAGES)},
        bars=(Bar(7, "pages/s, of a bare node that sends the same", "rate", ">=", bar, of="bare node"),) if bar else ())


SCENARIOS = (
    Scenario(
        name="read-all", bar="7", about=f"GET /messages of {MESSAGES:,} messages ({MESSAGES_SHORT:,} if short)",
        ours=ours(whole), ceilings={"bare node": bare(whole, count)},
        bars=(Bar(7, "bytes/s, of a bare node that sends the same", "mb_s", ">=", 0.2, of="bare node"),)),
    pages_in("same", "read-pages", "the same again and again"),
    pages_in("on", "read-pages-on", "by readers that go on page after page", bar=None),
    pages_in("random", "read-pages-random", "anywhere in the log", bar=None),
)
