"""What the machine's disk needs for an append of 200 bytes with its fdatasync."""
import subprocess

from nodes import BenchmarkError


def measure(sync_probe, folder, seconds, writers=1):
    """Median and 99th percentile in milliseconds; of several writers at once, each with its own file, the worst."""
    probes = [subprocess.Popen([sync_probe, folder, str(seconds)], stdout=subprocess.PIPE, text=True)
              for _ in range(writers)]
    rows = []
    for probe in probes:
        try:
            output, _ = probe.communicate(timeout=seconds + 60)
        finally:
            if probe.poll() is None:
                probe.kill()
                probe.wait()
        if probe.returncode != 0:
            raise BenchmarkError(f"sync_probe failed in {folder}")
        rows.append([float(x) for x in output.split()[1:5]])
    return {"rate": sum(row[0] / row[1] for row in rows), "p50_ms": max(row[2] for row in rows) / 1000,
            "p99_ms": max(row[3] for row in rows) / 1000}
