"""Large messages and lists, beside three writers that sync as the nodes do."""
import adds
import disk
from figures import Bar
from scenario import Scenario

LIST_MESSAGES = 1000


def messages_of(kilobytes):
    return Scenario(
        name=f"large-{kilobytes}k", bar="6",
        about=f"adds of {kilobytes} KiB, w=2, synced, {adds.CONNECTIONS} connections",
        ours=adds.replog("always", 2, text="x" * (kilobytes << 10)),
        ceilings={"disk": disk.same_pattern, "growing": disk.same_pattern_growing},
        bars=(Bar(6, "bytes/s of three nodes, of those of three writers with the same syncs over a file in memory", "disk_mb_s",
                  ">=", 0.6, of="disk"),
              Bar(6, "bytes/s of three nodes, of those of three writers with the same syncs to files that grow", "disk_mb_s",
                  ">=", 0.6, of="growing")))


SCENARIOS = (
    messages_of(4),
    messages_of(64),
    Scenario(
        name="lists", bar="6", about=f"lists of {LIST_MESSAGES}, w=2, synced, {adds.CONNECTIONS} connections",
        ours=adds.replog("always", 2, count=LIST_MESSAGES), ceilings={"disk": disk.same_pattern},
        bars=(Bar(6, "messages/s", "messages_s", ">=", 300_000),)),
)
