"""Starting, stopping and watching processes: nodes of the log, the bare node, and what the system tells of them."""
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
NODE_START_SECONDS_MAX = 60
NODE_STOP_SECONDS_MAX = 60
SETTLE_SECONDS_MAX = 60
SETTLE_SAMPLE_SECONDS = 0.05


class BenchmarkError(Exception):
    """What makes a run worthless, in one line."""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def status_value(path, name):
    with open(path) as status:
        return next(int(line.split()[1]) for line in status if line.startswith(f"{name}:"))


class Folder:
    """A temporary folder for data below `parent`, removed when the block ends, whatever happens in it."""

    def __init__(self, parent):
        self.parent = parent

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="replog-bench-", dir=self.parent)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def __truediv__(self, name):
        return os.path.join(self.path, name)


class Process:
    """One process, stopped by its pid."""

    def __init__(self, command, url, environment=None):
        self.command, self.url = command, url
        self.output = tempfile.TemporaryFile()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            command, stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})})

    @property
    def pid(self):
        return self.process.pid

    def await_health(self):
        """Waits for the first answer; returns how many seconds after exec it came."""
        port = int(self.url.rsplit(":", 1)[1])
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=NODE_START_SECONDS_MAX)
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return time.monotonic() - self.started
            except OSError:
                pass
            finally:
                connection.close()
            if self.process.poll() is not None:
                raise BenchmarkError(f"{' '.join(self.command)} ended: {self.tail()}")
            if time.monotonic() - self.started > NODE_START_SECONDS_MAX:
                raise BenchmarkError(f"{' '.join(self.command)} did not answer: {self.tail()}")
            time.sleep(0.001)

    def tail(self):
        self.output.seek(0)
        return self.output.read().decode(errors="replace")[-500:].strip()

    def send(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self):
        try:
            self.process.wait(NODE_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()

    def stop(self, number=signal.SIGTERM):
        self.send(number)
        self.wait()

    def health(self):
        with urllib.request.urlopen(f"{self.url}/health", timeout=30) as answer:
            return json.load(answer)["data"]

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def memory_mb(self, name):
        """VmRSS: what is resident now; VmHWM: the most there ever was."""
        return status_value(f"/proc/{self.pid}/status", name) / 1024

    def context_switches(self):
        """Of all its threads: (voluntary, involuntary)."""
        tasks = [f"/proc/{self.pid}/task/{task}/status" for task in os.listdir(f"/proc/{self.pid}/task")]
        return [sum(status_value(task, name) for task in tasks)
                for name in ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")]


class Group:
    """Processes that are stopped when the block ends, whatever happens in it."""

    def __init__(self):
        self.members = []

    def __enter__(self):
        try:
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for member in self.members:
            member.send(signal.SIGTERM)
        for member in self.members:
            member.wait()

    def add(self, command, url, environment=None):
        member = Process(command, url, environment)
        self.members.append(member)
        return member

    def remove(self, member):
        self.members.remove(member)

    def cpu_seconds(self):
        return sum(member.cpu_seconds() for member in self.members)

    def context_switches(self):
        """Of all members: (voluntary, involuntary)."""
        return [sum(each) for each in zip(*(member.context_switches() for member in self.members))]


class BareNode(Group):
    """libmicrohttpd with nothing behind it but the file that a GET is answered with."""

    def __init__(self, run, file=None):
        super().__init__()
        self.command, self.file = run.program("bare_node"), file

    def begin(self):
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        file = [self.file] if self.file else []
        self.add([self.command, str(port), *file], self.url).await_health()

    def settle(self):
        """There is nothing behind it that could be late."""


class Cluster(Group):
    """A master and its followers, with folders below `folder`; without delays unless said, in seconds by index.

    `options` are the master's; `environment` gives what is added to a node's, by its name.
    """

    def __init__(self, program, folder, sync, followers=2, delays=None, options=(), environment=None):
        super().__init__()
        self.program, self.folder, self.sync = program, folder, sync
        self.follower_count, self.delays, self.options = followers, delays or {}, options
        self.environment = environment or (lambda name: {})

    def begin(self):
        ports = free_ports(self.follower_count + 1)
        self.urls = [f"http://127.0.0.1:{port}" for port in ports]
        self.url = self.urls[0]
        for index in range(1, len(ports)):
            self.start_node(index).await_health()
        self.start_node(0).await_health()

    def start_node(self, index):
        """Starts the master (0) or a follower, again too."""
        role = "follower" if index else "master"
        name = f"{role}-{index}"
        command = [
            self.program, role, "--port", self.urls[index].rsplit(":", 1)[1], "--sync", self.sync,
            "--data-dir", os.path.join(self.folder, name), "--log-level", "warning",
        ]
        if index == 0:
            for url in self.urls[1:]:
                command += ["--follower", url]
            command += self.options
        else:
            command += ["--delay", str(self.delays.get(index, 0))]
        return self.add(command, self.urls[index], self.environment(name))

    def node(self, index):
        return next(member for member in self.members if member.url == self.urls[index])

    def stop_node(self, index, number=signal.SIGTERM):
        node = self.node(index)
        self.remove(node)
        node.stop(number)

    def settle(self):
        """Waits until all nodes that run hold the same; asks seldom, for what it costs them is counted too."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            ends = [member.health()["last_offset"] for member in self.members]
            if max(ends) == min(ends):
                return
            if time.monotonic() > deadline:
                raise BenchmarkError(f"the followers do not reach the master's end: {ends}")
            time.sleep(SETTLE_SAMPLE_SECONDS)

    def counters(self):
        """What each node that runs wrote and synced so far, in the order of their start."""
        names = ("syncs", "entries_written", "bytes_written")
        healths = [member.health() for member in self.members]
        return [{name: health[name] for name in names} for health in healths]


@contextlib.contextmanager
def fresh_cluster(run, sync, **options):
    """A cluster with empty logs, gone with them when the block ends."""
    with Folder(run.folder) as folder, Cluster(run.replog, folder.path, sync, **options) as cluster:
        yield cluster
