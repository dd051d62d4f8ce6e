#!/usr/bin/env python3
"""Loads three nodes without delays on loopback with wrk, in turn with a bare libmicrohttpd node, and prints a table.

    bench.py REPLOG BARE_NODE [--rounds 3] [--seconds 4] [--json FILE]

One line per write concern and number of connections: requests per second, p50 and p99 of the latency, CPU time per
request over all nodes, and the ratio to the bare node of the same round. Medians over the rounds; machines are noisy, so
the ratio says more than the rate.
"""
import argparse
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAYLOAD_BYTES = 32
NODE_START_SECONDS_MAX = 10


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Nodes:
    """Processes that are stopped by their pid when the block ends, whatever happens in it."""

    def __init__(self, *commands):
        self.commands, self.processes = commands, []

    def __enter__(self):
        for command in self.commands:
            log = tempfile.TemporaryFile()
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def cpu_seconds(self):
        ticks = 0
        for process in self.processes:
            with open(f"/proc/{process.pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICKS_PER_SECOND

    def peak_memory_mb(self):
        peaks = []
        for process in self.processes:
            with open(f"/proc/{process.pid}/status") as status:
                peaks += [int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")]
        return max(peaks)


def wait_for(url, body):
    deadline = time.time() + NODE_START_SECONDS_MAX
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body), timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if time.time() > deadline:
                raise
        time.sleep(0.02)


def load(nodes, url, body, connections, seconds):
    """One measured run after a second of warm-up."""
    def wrk(duration):
        output = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{duration}s", "--timeout", "10s", "-s", f"{HERE}/add.lua", url],
            env={**os.environ, "BODY": body}, check=True, capture_output=True, text=True, timeout=duration + 30).stdout
        return [float(x) for x in output[output.index("RESULT"):].split()[1:6]]

    wrk(1)
    cpu = nodes.cpu_seconds()
    requests, duration, p50, p99, errors = wrk(seconds)
    cpu = nodes.cpu_seconds() - cpu
    return {"rate": requests / duration, "p50_ms": p50 / 1000, "p99_ms": p99 / 1000,
            "cpu_us": cpu / max(1, requests) * 1e6, "errors": errors}


def body(write_concern):
    return json.dumps({"data": "x" * PAYLOAD_BYTES, "write_concern": write_concern}, separators=(",", ":"))


def measure_bare(bare_node, connections, seconds):
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}/add"
    with Nodes([bare_node, str(port)]) as nodes:
        wait_for(url, body(1).encode())
        return load(nodes, url, body(1), connections, seconds)


def measure_replog(replog, write_concern, connections, seconds):
    ports = free_ports(3)
    followers = [f"http://127.0.0.1:{port}" for port in ports[1:]]
    commands = [[replog, "follower", "--port", str(port)] for port in ports[1:]]
    commands.append([replog, "master", "--port", str(ports[0]), "--follower", followers[0], "--follower", followers[1]])
    url = f"http://127.0.0.1:{ports[0]}/add"
    with Nodes(*commands) as nodes:
        wait_for(url, body(3).encode())
        result = load(nodes, url, body(write_concern), connections, seconds)
        result["peak_memory_mb"] = nodes.peak_memory_mb()
        return result


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replog")
    parser.add_argument("bare_node")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each measured run")
    parser.add_argument("--json", help="where to write all figures")
    options = parser.parse_args()

    scenarios = [(w, connections) for connections in (64, 1) for w in (1, 2, 3)]
    results = {}
    for number in range(options.rounds):
        for connections in (64, 1):
            bare = measure_bare(options.bare_node, connections, options.seconds)
            results.setdefault(("bare", connections), []).append({**bare, "ratio": 1.0})
            for w in (1, 2, 3):
                row = measure_replog(options.replog, w, connections, options.seconds)
                row["ratio"] = row["rate"] / bare["rate"]
                results.setdefault((w, connections), []).append(row)
        print(f"round {number + 1} of {options.rounds} done", file=sys.stderr)

    print(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f}; medians of {options.rounds} rounds of "
          f"{options.seconds} s, {PAYLOAD_BYTES}-byte messages, three nodes and wrk on one machine")
    print(f"{'':22}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU us/req':>12}{'of bare':>9}{'errors':>8}")
    for key in [("bare", 64), *scenarios[:3], ("bare", 1), *scenarios[3:]]:
        rows = results[key]
        name = f"{'bare node' if key[0] == 'bare' else f'w={key[0]}'}, {key[1]} conn."
        print(f"{name:22}{median(rows, 'rate'):12,.0f}{median(rows, 'p50_ms'):9.2f}{median(rows, 'p99_ms'):9.2f}"
              f"{median(rows, 'cpu_us'):12.1f}{median(rows, 'ratio'):9.2f}{sum(r['errors'] for r in rows):8.0f}")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"-".join(map(str, key)): rows for key, rows in results.items()}, file, indent=1)
    bar = median(results[(3, 64)], "ratio")
    print(f"w=3 at 64 connections: {bar:.2f} of the bare node (bar: 0.25) {'ok' if bar >= 0.25 else 'MISSED'}")
    return 0 if bar >= 0.25 else 1


if __name__ == "__main__":
    sys.exit(main())
