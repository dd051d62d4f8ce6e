"""PostgreSQL and etcd beside the log, in turns, each by a script of a folder of peers that prints one line of JSON."""
import json
import os
import subprocess
import sys

from nodes import BenchmarkError
from table import Table, median

RUN_SECONDS_MAX = 180
ATTEMPTS = 3
POSTGRES_RATIO_MIN = 2
ETCD_RATIO_MIN = 4
NEVER_RATIO_MIN = 0.5

# What is compared lies side by side.
RUNS = {
    "replog w=2 always": ("replog.py", "--w", "2", "--sync", "always"),
    "PostgreSQL, any 1 of 2 standbys, fsync": ("postgres.py", "--w", "2"),
    "etcd, 3 nodes, fsync": ("etcd.py",),
    "replog w=2 never": ("replog.py", "--w", "2", "--sync", "never"),
}


def check(folder):
    """- Raises: BenchmarkError where a script is missing."""
    for script, *_ in RUNS.values():
        path = os.path.join(folder, script)
        if not os.path.isfile(path):
            raise BenchmarkError(f"--peers {folder}: there is no {path}")


def measure(options):
    results = {}
    for number in range(options.rounds):
        for connections in (64, 1):
            for name, (script, *arguments) in RUNS.items():
                row = run(options, script, [*arguments, "--clients", str(connections), "--secs", str(options.seconds)])
                results.setdefault((name, connections), []).append(row)
        print(f"rivals: round {number + 1} of {options.rounds} done", file=sys.stderr)
    return results


def run(options, script, arguments):
    command = [sys.executable, os.path.join(options.peers, script), *arguments]
    for attempt in range(ATTEMPTS):
        process = subprocess.run(
            command, env={**os.environ, "REPLOG": os.path.abspath(options.replog)}, capture_output=True, text=True,
            timeout=RUN_SECONDS_MAX)
        if process.returncode == 0:
            return json.loads(process.stdout)
        reason = process.stderr.strip()[-200:]
        print(f"rivals: {' '.join(command)} failed, attempt {attempt + 1}: {reason}", file=sys.stderr)
    raise BenchmarkError(f"{' '.join(command)} failed {ATTEMPTS} times")


def show(results):
    table = Table(
        ("", "<"), ("connections", ".0f"), ("requests/s", ",.0f"), ("p50 ms", ".2f"), ("p99 ms", ".2f"),
        ("CPU us/req", ".1f"), ("other cores", ".2f"), ("errors", ".0f"))
    for (name, connections), rows in results.items():
        table.row(name, connections, *(median(rows, key) for key in (
            "ops_s", "p50_ms", "p99_ms", "server_cpu_us_per_op", "other_cores", "errors")))
    table.print()


def bars(results):
    names = list(RUNS)
    ours = median(results[(names[0], 64)], "ops_s")
    for name, limit in zip(names[1:], (POSTGRES_RATIO_MIN, ETCD_RATIO_MIN, NEVER_RATIO_MIN), strict=True):
        yield (f"{names[0]} to {name}, 64 connections", ours / median(results[(name, 64)], "ops_s"), ">=", limit)
