"""An older build to compare with, of any revision; kept, so that it is built once."""
import os
import shutil
import subprocess
from typing import NamedTuple

from nodes import HERE, BenchmarkError

ROOT = os.path.dirname(HERE)


class Base(NamedTuple):
    name: str
    program: str


def build(revision, folder):
    """The program of this revision, from its files in a folder of their own below `folder`."""
    commit = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if not commit:
        raise BenchmarkError(f"--base {revision}: there is no such revision")
    source = os.path.join(os.path.abspath(folder), f"base-{commit[:12]}-static")
    base = Base(f"base {commit[:12]}", f"{source}/.build/release/replog")
    if not os.path.exists(base.program):
        if not os.path.isdir(source):
            extract(commit, source)
        command = ["swift", "build", "--package-path", source, "-c", "release", "--static-swift-stdlib", "--product", "replog"]
        if subprocess.run(command, stdout=2).returncode != 0:
            raise BenchmarkError(f"--base {revision} does not build")
    return base


def extract(commit, folder):
    """All or nothing: a folder that is there is whole."""
    part = f"{folder}.part"
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    archive = subprocess.Popen(["git", "-C", ROOT, "archive", commit], stdout=subprocess.PIPE)
    if subprocess.run(["tar", "-x", "-C", part], stdin=archive.stdout).returncode or archive.wait():
        raise BenchmarkError(f"the files of {commit} can't be had")
    os.rename(part, folder)


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()
