"""One load of adds: wrk for a number of seconds."""
import json
import os
import subprocess

from nodes import HERE, BenchmarkError

PAYLOAD = "x" * 32


def body(write_concern):
    return json.dumps({"data": PAYLOAD, "write_concern": write_concern}, separators=(",", ":"))


def start(url, write_concern, connections, seconds, pipelined=1, key=None):
    """Starts wrk; `finish` takes its result. With `key` each request has a key of its own, which begins with it."""
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", f"{HERE}/add.lua", f"{url}/add"],
        env={**os.environ, "BODY": body(write_concern), "PIPELINED": str(pipelined), **({"KEY": key} if key else {})},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process, seconds):
    """Requests, requests per second, median and 99th percentile of the latency in milliseconds, and errors."""
    try:
        output, errors = process.communicate(timeout=seconds + 30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0 or "RESULT" not in output:
        raise BenchmarkError(f"wrk failed: {errors.strip()}")
    requests, duration, p50, p99, failed = [float(x) for x in output[output.index("RESULT"):].split()[1:6]]
    return {"requests": requests, "rate": requests / duration, "p50_ms": p50 / 1000, "p99_ms": p99 / 1000,
            "errors": failed}


def run(url, write_concern, connections, seconds, pipelined=1, key=None):
    return finish(start(url, write_concern, connections, seconds, pipelined, key), seconds)


def measure(group, write_concern, connections, seconds, key=None):
    """One measured load. CPU time is counted until the last follower has everything: a request costs that, too."""
    cpu = group.cpu_seconds()
    result = run(group.url, write_concern, connections, seconds, key=key)
    result["behind_entries"] = group.settle()
    result["cpu_us"] = (group.cpu_seconds() - cpu) / max(1, result["requests"]) * 1e6
    return result
