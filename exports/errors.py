"""Why no file was made, in a sentence for the person who asked."""

from records.errors import Refused


class ExportRefused(Refused):
    """What was asked for cannot be made, as it says."""

    code = "EXPORT_REFUSED"


class PdfUnavailable(ExportRefused):
    """This machine lacks what makes PDF files."""

    code = "PDF_UNAVAILABLE"


class RowsDifferError(Exception):
    """A file does not hold the rows that were counted for it; it must not be handed out."""
