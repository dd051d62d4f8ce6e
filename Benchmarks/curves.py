"""What is plotted: throughput against connections, and percentiles of the latency at fixed rates."""
import json
import subprocess

import adds
import load
from figures import median
from nodes import BenchmarkError, fresh_cluster
from plot import Plot
from scenario import Scenario

CONNECTIONS = (1, 4, 16, 64, 256, 1000)
SHARES = (25, 50, 75)
PERCENTILES = ("50", "90", "99", "99.9", "99.99")
WRITE_CONCERN = 2
BENCH_CONNECTIONS = 256


def throughput(measure_with):
    """The rate at each number of connections."""
    return lambda run, ours=None: {
        f"rate_{connections}": measure_with(connections, run, ours)["rate"] for connections in CONNECTIONS}


def replog(sync):
    return throughput(lambda connections, run, _: adds.replog(sync, WRITE_CONCERN, connections)(run))


def redis(aof):
    return throughput(lambda connections, run, ours: adds.redis(WRITE_CONCERN, aof, connections)(run, ours))


RELAY = throughput(lambda connections, run, ours: adds.relay(WRITE_CONCERN, connections)(run, ours))


def plot_throughput(results):
    plot = Plot("Throughput, w=2, three nodes on one machine", "connections", "adds per second")
    for name, rows in results.items():
        plot.line(name, [(connections, median(rows, f"rate_{connections}")) for connections in CONNECTIONS])
    return plot


def latencies(run):
    """The most that is answered in a closed loop; at shares of it percentiles, counted from when each was due.

    Beside an older build the rates are the same as that one had.
    """
    row = {}
    with fresh_cluster(run, "always") as cluster:
        load.adds(cluster, adds.CONNECTIONS, 1, load.add_body(WRITE_CONCERN))
        row["rate_max"] = bench(run, cluster)["requests_per_second"]
        most = (run.older or row)["rate_max"]
        for share in SHARES:
            report = bench(run, cluster, "--rate", str(max(1, most * share // 100)))
            row[f"rate_at_{share}"] = report["requests_per_second"]
            row[f"not_sent_at_{share}"] = report["not_sent"]
            for percentile in PERCENTILES:
                row[f"p{percentile}_ms_at_{share}"] = report["latency_us"].get(f"p{percentile}", 0) / 1000 or None
    return row


def bench(run, cluster, *options):
    """What `replog bench` tells: an HDR histogram that counts what a stall holds up."""
    process = subprocess.run(
        [run.client, "bench", "--url", cluster.url, "-w", str(WRITE_CONCERN), "--connections", str(BENCH_CONNECTIONS),
         "--seconds", str(run.seconds), "--json", *options], capture_output=True, text=True, timeout=run.seconds + 60)
    if process.returncode != 0:
        raise BenchmarkError(f"replog bench failed: {process.stderr.strip()[-200:]}")
    return json.loads(process.stdout)


def plot_latencies(results):
    """The percentile's distance to 100 is drawn on a logarithmic axis, as HDR histograms are."""
    plot = Plot("Latency of adds at fixed rates, w=2, synced", "percentile", "ms")
    plot.ticks = [(100 / (100 - float(percentile)), f"{percentile} %") for percentile in PERCENTILES]
    for name, rows in results.items():
        for share in SHARES:
            rate = median(rows, f"rate_at_{share}")
            plot.line(f"{name}, {rate:,.0f}/s ({share} %)", [
                (x, median(rows, f"p{percentile}_ms_at_{share}"))
                for percentile, (x, _) in zip(PERCENTILES, plot.ticks)])
    return plot


SCENARIOS = (
    Scenario(
        name="throughput", bar="1, 2, 4",
        about=f"adds/s with {', '.join(map(str, CONNECTIONS))} connections, for the plot",
        ours=replog("always"), ceilings={"replog --sync never": replog("never")}, plot=plot_throughput,
        rivals={"redis, appendfsync always": redis("always"), "redis, no fsync": redis("no"), "C relay": RELAY}),
    Scenario(
        name="latency", bar="3", about="percentiles at 25, 50 and 75 % of the highest rate, for the plot",
        ours=latencies, plot=plot_latencies),
)
