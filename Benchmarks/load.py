"""One load of requests: wrk for a number of seconds, which is what rivals are loaded with too."""
import json
import os
import resource
import subprocess

from nodes import HERE, BenchmarkError

PAYLOAD = "x" * 32


def add_body(write_concern, text=PAYLOAD, count=1):
    """The body of an add: a message, or a list of so many."""
    data = text if count == 1 else [text] * count
    return json.dumps({"data": data, "write_concern": write_concern}, separators=(",", ":"))


def start(url, connections, seconds, body=None, key=None, pages=None):
    """Starts wrk; POST with a body, else GET. `key` is what each request's own key begins with. `pages`, a limit, the number of
    messages and "on" or "random", are what is asked for of a log: see load.lua.
    """
    environment = dict(os.environ)
    for name, value in (("BODY", body), ("KEY", key), ("PAGES", pages and " ".join(map(str, pages)))):
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return subprocess.Popen(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", f"{HERE}/load.lua", url],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process, seconds):
    """Requests, their rate and latencies, errors, and what wrk itself took of the processor per request."""
    cpu = children_cpu_seconds()
    try:
        output, errors = process.communicate(timeout=seconds + 30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if process.returncode != 0 or "RESULT" not in output:
        raise BenchmarkError(f"wrk failed: {errors.strip()}")
    requests, duration, p50, p99, failed = [float(x) for x in output[output.index("RESULT"):].split()[1:6]]
    return {"requests": requests, "seconds": duration, "rate": requests / duration, "p50_ms": p50 / 1000,
            "p99_ms": p99 / 1000, "errors": failed,
            "client_cpu_us": (children_cpu_seconds() - cpu) / max(1, requests) * 1e6}


def children_cpu_seconds():
    """Of the processes that ended and were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(url, connections, seconds, **options):
    return finish(start(url, connections, seconds, **options), seconds)


def adds(group, connections, seconds, body, **options):
    """A measured load of adds. CPU time is counted until the last follower has everything: a request costs that."""
    cpu = group.cpu_seconds()
    row = run(f"{group.url}/add", connections, seconds, body=body, **options)
    group.settle()
    row["cpu_us"] = (group.cpu_seconds() - cpu) / max(1, row["requests"]) * 1e6
    return row
