"""Why there is no file, as a sentence for the user who requested it."""

from http import HTTPStatus

from records.errors import Refused


class ExportRefused(Refused):
    """The requested file cannot be made."""

    code = "VALIDATION_ERROR"
    status = HTTPStatus.BAD_REQUEST


class PdfUnavailable(ExportRefused):
    """This machine lacks the libraries or fonts for PDF files."""

    field = "format"


class RowsDifferError(Exception):
    """A file does not hold the rows that were counted; it must not be downloaded."""


class TooManyActive(ExportRefused):
    """The user has as many exports in progress as are allowed."""

    code = "RATE_LIMITED"
    status = HTTPStatus.TOO_MANY_REQUESTS


class RangeTooLong(ExportRefused):
    """The user's role on one of the sites does not allow so many days."""

    field = "dateTo"


class RangeBackwards(ExportRefused):
    """The range ends before it begins, or its dates are not valid."""

    field = "dateTo"


class WrongStatus(ExportRefused):
    """The job's status does not allow this."""

    code = "EXPORT_NOT_READY"
    status = HTTPStatus.CONFLICT


class FileExpired(ExportRefused):
    """The file was deleted."""

    code = "EXPIRED"
    status = HTTPStatus.GONE


class FileUnavailable(ExportRefused):
    """The file exists, but not on this machine, or its storage does not answer."""

    code = "BUSY"
    status = HTTPStatus.SERVICE_UNAVAILABLE
