"""What a schema can't say, for schemathesis: each hook with its reason."""

import itertools
import struct

import schemathesis
from hypothesis import strategies as st

NODES = 3
WAIT_MAX = 0.1


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The largest write concern is the number of nodes, which the document of a program can't know: here it is."""
    raw_schema["components"]["schemas"]["WriteConcern"]["anyOf"][0]["maximum"] = NODES


numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    """A valid wait may hold an answer as long as it says, which is longer than a test should take: it is made shorter.

    In its coverage phase schemathesis 4.32.5 gives out a bare number as a valid If-Match although the pattern wants quotes:
    it gets them.

    A key names one request. That another request with the same key is refused (422) no schema can say: each gets its own.
    """
    wait = (case.query or {}).get("wait")
    if isinstance(wait, (int, float)) and not isinstance(wait, bool) and wait > WAIT_MAX and wait <= 3600:
        case.query["wait"] = WAIT_MAX
    end = (case.headers or {}).get("If-Match")
    if end and end.isdigit() and case.meta.generation.mode.is_positive:
        case.headers["If-Match"] = f'"{end}"'
    key = (case.headers or {}).get("Idempotency-Key")
    if key and case.operation.path == "/add":
        number = f"-{next(numbers)}"
        end = len(key) - 1 if key.startswith('"') else len(key)
        case.headers["Idempotency-Key"] = key[: min(end, 200)] + number + key[end:]


# Bytes between nodes have a layout of their own, and most bytes are refused: these are requests that aren't.
zeros = [0] * 2
fetch = st.builds(
    lambda after, bytes_max: struct.pack("<4sI4Q", b"RLFQ", 1, *zeros, after, bytes_max),
    st.integers(0, 2**63 - 2),
    st.integers(0, 2**64 - 1),
)
# Epoch 0 only asks who the follower is and whether it has a point: nothing is promised, nothing changes.
heartbeat = st.builds(
    lambda start, offset, point, commit: struct.pack(
        "<4sI9QH", b"RLRQ", 2, 0, start, *zeros, offset, 0, point, commit, 0, 0
    ),
    st.integers(0, 2**64 - 1),
    st.integers(1, 2**63 - 2),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**63 - 2),
)
schemathesis.openapi.media_type("application/vnd.replog.fetch.v1", fetch)
schemathesis.openapi.media_type("application/vnd.replog.replicate.v2", heartbeat)
