"""Find the site or master data that a cell names, by code or by name."""

from collections.abc import Callable, Collection, Iterable, Sequence

from django.utils.translation import gettext as _

from records.columns import CellError
from sites.models import MasterData, Site


class Lookup[N: (MasterData, Site)]:
    """The rows that a cell can name, and how to make one for an unknown name.

    A database id is never accepted: a “57” in a file is a grade of stone, not a row of ours.
    """

    def __init__(
        self,
        rows: Iterable[N],
        *,
        not_found: CellError,
        create: Callable[[str], N] | None = None,
        other_names: Iterable[tuple[str, N]] = (),
        key: Callable[[str], str] | None = None,
    ) -> None:
        """The message of `not_found` has the text as `%(text)s`; `key` makes equal what means the same."""
        self._by_code: dict[str, N] = {}
        self._by_name: dict[str, list[N]] = {}
        self._not_found = not_found
        self._create: Callable[[str], N] | None = create
        self._key = key or normalize
        for row in rows:
            self._add(row)
        for name, row in other_names:
            if row not in self._by_name.setdefault(self._key(name), []):
                self._by_name[self._key(name)].append(row)

    def find(self, text: str, *, accepted: Collection[N] = ()) -> N:
        """Return the row with this code or name, ignoring case and extra spaces, or create it.

        Raises CellError where there is none, several have the name, or it is inactive and not accepted.
        """
        name = self._key(text)
        candidates: Sequence[N] = (
            [self._by_code[name]] if name in self._by_code else self._by_name.get(name, [])
        )
        if len(candidates) > 1:
            raise CellError(_("“%(text)s” is the name of several: use the code.") % {"text": text[:100]})
        if not candidates:
            if self._create is None:
                raise type(self._not_found)(self._not_found.message % {"text": text[:100]})
            created: N = self._create(text)
            self._add(created)
            return created
        if not candidates[0].is_active and candidates[0] not in accepted:
            raise CellError(_("“%(text)s” is no longer active.") % {"text": text[:100]})
        return candidates[0]

    def _add(self, row: N) -> None:
        self._by_code[self._key(row.code)] = row
        self._by_name.setdefault(self._key(row.name), []).append(row)


def normalize(text: str) -> str:
    """Return a code or name for comparison: without case and extra spaces."""
    return " ".join(text.split()).casefold()
