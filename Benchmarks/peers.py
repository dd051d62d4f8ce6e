"""Rivals, each by a script in the folder of peers that starts it, loads it and prints one line of JSON."""
import json
import os
import subprocess
import sys

from nodes import BenchmarkError

RUN_SECONDS_MAX = 180
ATTEMPTS = 3


def rival(script, *arguments, connections=64):
    """A contestant that runs this script."""
    return lambda run, _: measure(run, script, *arguments, connections=connections)


def measure(run, script, *arguments, connections):
    command = [sys.executable, "-B", os.path.join(run.peers, script), *arguments, "--clients", str(connections),
               "--secs", str(run.seconds)]
    for attempt in range(ATTEMPTS):
        process = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
        if process.returncode == 0:
            return row(json.loads(process.stdout))
        print(f"{' '.join(command)} failed, attempt {attempt + 1}: {process.stderr.strip()[-200:]}", file=sys.stderr)
    raise BenchmarkError(f"{' '.join(command)} failed {ATTEMPTS} times")


def row(report):
    """A peer's line of JSON, by our names."""
    names = {"ops_s": "rate", "p50_ms": "p50_ms", "p99_ms": "p99_ms", "server_cpu_us_per_op": "cpu_us",
             "client_cpu_us_per_op": "client_cpu_us", "errors": "errors", "other_cores": "other_cores",
             "steal_cores": "steal_cores"}
    return {ours: report[theirs] for theirs, ours in names.items() if theirs in report}
