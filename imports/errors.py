"""Why a file, or one cell of it, was not taken."""

from records.errors import Refused


class ImportRefused(Refused):
    """The import as a whole cannot go on: the file, the options or the permission."""

    code = "IMPORT_REFUSED"

    def __init__(self, message: str, *, option: str = "") -> None:
        """Keep the option of the command that would say what is not plain."""
        super().__init__(message)
        self.option = option


class CellRefused(Exception):  # noqa: N818  # a refusal is an answer, not a fault
    """A cell says nothing that can be used; the message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
