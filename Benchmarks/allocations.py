"""Counting what nodes allocate, by a library that is preloaded into them."""
import glob
import struct

SUFFIX = ".allocations"


def environment(run, folder):
    """What each node is started with, by its name: it counts into a file of its own in this folder."""
    return lambda name: {"LD_PRELOAD": run.program("allocations.so"), "ALLOCATIONS": f"{folder}/{name}{SUFFIX}"}


def count(folder):
    """The calls of all nodes so far."""
    counts = []
    for path in glob.glob(f"{folder}/*{SUFFIX}"):
        with open(path, "rb") as file:
            counts += struct.unpack("=Q", file.read())
    return sum(counts)
