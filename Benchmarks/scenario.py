"""What a scenario is, and how its contestants take turns."""
import sys
from typing import Callable, NamedTuple

from figures import OURS


class Run(NamedTuple):
    """What every measurement is given: the programs, where to write, how long to load.

    `replog` is the build that is measured; `client` the present one, which loads older ones too. `older` is the row of
    the older build in the same round, where there is one.
    """

    replog: str
    client: str
    programs: str
    folder: str
    seconds: int
    short: bool = False
    peers: str = None
    older: dict = None

    def program(self, name):
        """One of the C programs beside this file, built."""
        return f"{self.programs}/{name}"

    def size(self, full, short):
        """How much of something: less in a short run."""
        return short if self.short else full


class Scenario(NamedTuple):
    """`ours` measures a build of the log once: run -> row. `ceilings` and `rivals` are measured in turn with it, each
    (run, our row of this round) -> row; rivals only where the folder of peers is given. `rounds` is for one that takes
    long. `plot` draws the results.
    """

    name: str
    bar: str
    about: str
    ours: Callable
    ceilings: dict = {}
    rivals: dict = {}
    bars: tuple = ()
    rounds: int = None
    plot: Callable = None

    def contestants(self, run, base=None):
        """Who takes turns: ours with an older build, else with the ceilings and the rivals."""
        if base:
            return {base.name: lambda _: self.ours(run._replace(replog=base.program)),
                    OURS: lambda row: self.ours(run._replace(older=row))}
        others = {**self.ceilings, **(self.rivals if run.peers else {})}
        return {OURS: lambda _: self.ours(run),
                **{name: lambda row, measure=measure: measure(run, row) for name, measure in others.items()}}

    def measure(self, run, rounds, base=None):
        """Rows by contestant, one per round."""
        contestants = self.contestants(run, base)
        results = {name: [] for name in contestants}
        for number in range(rounds):
            first = None
            for name, measure in contestants.items():
                row = measure(first)
                first = first or row
                results[name].append(row)
            print(f"{self.name}: round {number + 1} of {rounds} done", file=sys.stderr)
        return results
