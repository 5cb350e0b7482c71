"""Why no file was made, in a sentence for the person who asked."""

from http import HTTPStatus

from records.errors import Refused


class ExportRefused(Refused):
    """What was asked for cannot be made, as it says."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST


class PdfUnavailable(ExportRefused):
    """This machine lacks what makes PDF files."""

    field = "format"


class RowsDifferError(Exception):
    """A file does not hold the rows that were counted for it; it must not be handed out."""


class TooManyActive(ExportRefused):
    """The person has as many exports under way as anybody may."""

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS


class RangeTooLong(ExportRefused):
    """The role on one of the sites does not reach that far."""

    field = "dateTo"


class RangeBackwards(ExportRefused):
    """The range ends before it begins, or its dates are none."""

    field = "dateTo"


class NotAsItIs(ExportRefused):
    """The job is no longer, or not yet, what this needs it to be."""

    code = "EXPORT_NOT_READY"
    status = HTTPStatus.CONFLICT


class FileExpired(ExportRefused):
    """The file is past its time and has been thrown away."""

    code = "EXPIRED"
    status = HTTPStatus.GONE
