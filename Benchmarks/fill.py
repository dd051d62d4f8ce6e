"""Making a log long, soon: lists with w=1, and the followers get it beside."""
import http.client
import json

import load
from nodes import BenchmarkError

LIST_MESSAGES = 1000


def fill(cluster, count):
    """Adds messages until there are `count`; returns when all nodes that run have them."""
    connection = http.client.HTTPConnection("127.0.0.1", int(cluster.url.rsplit(":", 1)[1]), timeout=60)
    body = load.add_body(1, count=LIST_MESSAGES)
    missing = count - cluster.node(0).health()["last_offset"]
    while missing > 0:
        if missing < LIST_MESSAGES:
            body = load.add_body(1, count=missing)
        connection.request("POST", "/add", body)
        answer = connection.getresponse()
        if answer.status != 200:
            raise BenchmarkError(f"a list was not stored: {json.loads(answer.read())['message']}")
        answer.read()
        missing -= LIST_MESSAGES
    connection.close()
    cluster.settle()
