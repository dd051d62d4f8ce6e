"""Figures of rounds: medians, ratios within a round, and the bars they are held to. Pure.

Results of a scenario are rows by contestant, one row per round; a row is figures by name.
"""
import statistics
from typing import NamedTuple

OURS = "replog"


def values(rows, name):
    """What the rows have of this figure, one per round that has it."""
    return [row[name] for row in rows if row.get(name) is not None]


def median(rows, name):
    """None if no row has it."""
    found = values(rows, name)
    return statistics.median(found) if found else None


def ratios(rows, others, name, other_name=None):
    """Each round's figure to that of the other contestant in the same round; rounds without either are left out."""
    pairs = [(row.get(name), other.get(other_name or name)) for row, other in zip(rows, others)]
    return [one / other for one, other in pairs if one is not None and other]


class Bar(NamedTuple):
    """What a figure of ours is held to, by itself or as a ratio to a contestant's."""

    number: int
    what: str
    figure: str
    relation: str
    limit: float
    of: str = None
    of_figure: str = None

    def is_measured(self, results):
        """Whether the contestant it is a ratio to, if any, took part."""
        return self.of is None or self.of in results

    def rounds(self, results):
        """Its value in each round."""
        if self.of is None:
            return values(results[OURS], self.figure)
        return ratios(results[OURS], results[self.of], self.figure, self.of_figure)

    def loosened(self, factor):
        """The same bar, so many times easier: what misses it has another cause than noise."""
        return self._replace(limit=self.limit / factor if self.relation == ">=" else self.limit * factor)

    def is_met(self, value):
        return value >= self.limit if self.relation == ">=" else value <= self.limit


class Judged(NamedTuple):
    """A bar with the median and the spread of its rounds."""

    bar: Bar
    value: float
    least: float
    most: float

    @property
    def is_met(self):
        return self.bar.is_met(self.value)


def judge(bars, results):
    """The bars that were measured, each judged by the median of its rounds.

    - Raises: ValueError where a figure is missing, so that no bar is passed by not looking.
    """
    found = [(bar, bar.rounds(results)) for bar in bars if bar.is_measured(results)]
    for bar, rounds in found:
        if not rounds:
            raise ValueError(f"{bar.figure} was not measured")
    return [Judged(bar, statistics.median(rounds), min(rounds), max(rounds)) for bar, rounds in found]
