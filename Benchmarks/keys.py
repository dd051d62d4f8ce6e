"""Keys: adds with an Idempotency-Key of 36 characters each, in turn with adds without."""
import uuid

import load
from adds import CONNECTIONS, WARM_UP_SECONDS
from figures import Bar
from nodes import fresh_cluster
from scenario import Scenario


def measure(run):
    with fresh_cluster(run, "always") as cluster:
        body = load.add_body(2)
        load.adds(cluster, CONNECTIONS, WARM_UP_SECONDS, body)
        plain = load.adds(cluster, CONNECTIONS, run.seconds, body)
        # The master forgets older ones: each is used once.
        keyed = load.adds(cluster, CONNECTIONS, run.seconds, body, key=str(uuid.uuid4())[:28])
    row = {f"{name}_{figure}": of[figure] for name, of in (("plain", plain), ("keyed", keyed))
           for figure in ("rate", "p50_ms", "p99_ms", "cpu_us")}
    return {**row, "of_plain": keyed["cpu_us"] / plain["cpu_us"]}


SCENARIOS = (
    Scenario(
        name="keys", bar="5", about=f"what an Idempotency-Key costs, w=2, synced, {CONNECTIONS} connections",
        ours=measure,
        bars=(Bar(5, "CPU of an add with a key, of one without", "of_plain", "<=", 1.15),)),
)
