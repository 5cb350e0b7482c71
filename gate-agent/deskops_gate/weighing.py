"""One weighing for each lorry, out of a stream of readings."""

from dataclasses import dataclass

from deskops_gate.indicators import Reading


@dataclass
class StableWeights:
    """Yields a weight once when a lorry stands still, and again only after it has moved.

    A weight counts once as many readings in a row are stable and equal; less than `least_kg` is an empty
    weighbridge.
    """

    least_kg: int = 500
    in_a_row: int = 3
    # How far the weight has to move, in kilograms, before the same lorry is weighed again.
    moved_kg: int = 100

    _last: int | None = None
    _count: int = 0
    _sent: int | None = None

    def take(self, reading: Reading) -> int | None:
        """Return the kilograms of a weighing that is complete with this reading; None for none."""
        weight = reading.kilograms
        if self._sent is not None and (weight < self.least_kg or abs(weight - self._sent) > self.moved_kg):
            self._sent = None
        if not reading.is_stable or weight < self.least_kg:
            self._last, self._count = None, 0
            return None
        self._count = self._count + 1 if weight == self._last else 1
        self._last = weight
        if self._count < self.in_a_row or self._sent is not None:
            return None
        self._sent = weight
        return weight
