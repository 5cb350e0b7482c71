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


class TooManyActive(ExportRefused):
    """The person has as many exports under way as anybody may."""

    code = "TOO_MANY_EXPORTS"


class RangeTooLong(ExportRefused):
    """The role on one of the sites does not reach that far."""

    code = "RANGE_TOO_LONG"


class NotAsItIs(ExportRefused):
    """The job is no longer, or not yet, what this needs it to be."""

    code = "EXPORT_STATE"
