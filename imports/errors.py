"""Why a file is not imported."""

from records.errors import Refused


class ImportRefused(Refused):
    """The import as a whole cannot go on: the file, the options or the permission."""

    code = "IMPORT_REFUSED"

    def __init__(self, message: str, *, option: str = "") -> None:
        """Keep the option of the command that resolves it."""
        super().__init__(message)
        self.option = option
