"""What the machine's disk needs for appends with their fdatasync."""
import subprocess

from nodes import BenchmarkError


def measure(run, sizes, *mode):
    """One writer per size, all at once, each with its own file: bytes and syncs per second summed; of the latencies the
    worst writer's.
    """
    probes = [subprocess.Popen([run.program("sync_probe"), run.folder, str(run.seconds), str(size), *mode],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for size in sizes]
    try:
        for probe in probes:
            if probe.stdout.readline() != "READY\n":
                raise BenchmarkError(f"sync_probe failed in {run.folder}")
        for probe in probes:
            probe.stdin.write("\n")
            probe.stdin.flush()
        outputs = [probe.communicate(timeout=run.seconds + 60)[0] for probe in probes]
    finally:
        for probe in probes:
            if probe.poll() is None:
                probe.kill()
                probe.wait()
    if any(probe.returncode != 0 for probe in probes):
        raise BenchmarkError(f"sync_probe failed in {run.folder}")
    rows = [[float(x) for x in output.split()[1:5]] for output in outputs]
    return {"disk_mb_s": sum(row[0] / row[1] * size for row, size in zip(rows, sizes)) / 1e6,
            "syncs_s": sum(row[0] / row[1] for row in rows), "p50_ms": max(row[2] for row in rows) / 1000,
            "p99_ms": max(row[3] for row in rows) / 1000}


def same_pattern(run, ours):
    """A contestant: three writers with the bytes per sync that our three nodes had in this round, each over and over the same
    file, which stays in memory.
    """
    return measure(run, ours["sync_bytes"])


def same_pattern_growing(run, ours):
    """The same with files that grow, as a log does."""
    return measure(run, ours["sync_bytes"], "grow")


def one_append(run, _):
    """A contestant: one writer of 200 bytes at a time."""
    return measure(run, [200])
