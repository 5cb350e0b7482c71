"""Timing two things against each other, so that a busy machine slows both alike."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

type Work = Callable[[], object]


@dataclass(frozen=True)
class Measured:
    """A thing and what it is measured against, in milliseconds: the medians and the fastest."""

    mine: float
    floor: float
    fastest_mine: float
    fastest_floor: float

    @property
    def ratio(self) -> float:
        return self.mine / self.floor

    @property
    def fastest_ratio(self) -> float:
        """Return the ratio of the fastest rounds, which other work on the machine slows down least."""
        return self.fastest_mine / self.fastest_floor

    @property
    def words(self) -> str:
        """Return both times, and those of the fastest rounds, which a busy machine measures better."""
        return (
            f"{self.mine:.2f} ms against {self.floor:.2f} ms"
            f" (fastest {self.fastest_mine:.2f} against {self.fastest_floor:.2f})"
        )


def against(
    mine: Work, floor: Work, *, rounds: int = 60, clock: Callable[[], float] = time.perf_counter
) -> Measured:
    """Do one after the other, round by round, and return the median of each in milliseconds of the clock."""
    for _ in range(3):
        mine()
        floor()
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for work, times in zip((mine, floor), took, strict=True):
            began = clock()
            work()
            times.append((clock() - began) * 1000)
    return Measured(*(statistics.median(times) for times in took), *(min(times) for times in took))


@dataclass
class Report:
    """What was measured, a line each, and whether it is what was wanted."""

    database: str

    def write(self, what: str) -> None:
        print(f"{self.database:10}  {what}", flush=True)  # the program's output

    def at_most(self, what: str, *, value: float, most: float, unit: str = "×", detail: str = "") -> None:
        """Report a figure and its upper bound."""
        verdict = "met" if value <= most else "MISSED"
        self.write(f"{what:58} {value:7.2f} {unit:10} at most {most:5.1f}  {verdict:6}  {detail}")

    def at_least(self, what: str, *, value: float, least: float, unit: str = "×", detail: str = "") -> None:
        """Report a figure and its lower bound."""
        verdict = "met" if value >= least else "MISSED"
        self.write(f"{what:58} {value:7.2f} {unit:10} at least {least:4.0f}  {verdict:6}  {detail}")
