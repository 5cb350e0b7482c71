"""Finding what a cell names among sites and master data, by code or by name."""

from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _

from imports.errors import CellRefused
from sites.models import MasterData, Site


class Lookup[N: (MasterData, Site)]:
    """What can be named, and what becomes of a name that nothing has.

    A database id is never taken: a “57” in a file is a grade of stone and no row of ours.
    """

    def __init__(
        self,
        known: Iterable[N],
        *,
        not_found: str,
        maker: Callable[[str], N] | None = None,
    ) -> None:
        self._by_code: dict[str, N] = {}
        self._by_name: dict[str, list[N]] = {}
        self._found: dict[str, N] = {}
        self._not_found = not_found
        self._maker: Callable[[str], N] | None = maker
        for row in known:
            self._add(row)

    def find(self, text: str) -> N:
        """Return what has this code or name, whatever its capitals and spaces, or make it.

        Raises CellRefused where nothing has it, several have it, or it is no longer active.
        """
        found = self._found.get(text)
        if found is None:
            found = self._found[text] = self._looked_up(text)
        return found

    def _looked_up(self, text: str) -> N:
        name = plain(text)
        candidates: Sequence[N] = (
            [self._by_code[name]] if name in self._by_code else self._by_name.get(name, [])
        )
        if len(candidates) > 1:
            raise CellRefused(_("“%(text)s” is the name of several: use the code.") % {"text": text[:100]})
        if not candidates:
            if self._maker is None:
                raise CellRefused(self._not_found % {"text": text[:100]})
            made: N = self._maker(text)
            self._add(made)
            return made
        if not candidates[0].is_active:
            raise CellRefused(_("“%(text)s” is no longer active.") % {"text": text[:100]})
        return candidates[0]

    def _add(self, row: N) -> None:
        self._by_code[plain(row.code)] = row
        self._by_name.setdefault(plain(row.name), []).append(row)


def plain(text: str) -> str:
    """Return a code or name as it is compared: without capitals and superfluous spaces."""
    return " ".join(text.split()).casefold()
