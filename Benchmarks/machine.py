"""What a result was measured on, and what was measured: a figure without it can't be compared."""
import datetime
import os
import platform
import subprocess

from nodes import HERE


def described(run):
    """The machine, the revision and the versions, as they stand in the JSON."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "revision": said("git", "-C", HERE, "describe", "--always", "--dirty", "--abbrev=12"),
        "cores": os.cpu_count(), "processor": processor(), "architecture": platform.machine(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": f"{platform.system()} {platform.release()}",
        "filesystem": said("df", "--output=fstype", run.folder).split("\n")[-1],
        "load_before": os.getloadavg()[0],
        "versions": {"replog": said(run.replog, "--version"), "swift": said("swift", "--version").split("\n")[0],
                     **{name: said("pkg-config", "--modversion", name) for name in ("libmicrohttpd", "libcurl")}},
    }


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def said(*command):
    """What a command prints; empty where it fails or is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
