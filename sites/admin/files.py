"""Master data as files: exported, and imported with a preview, with django-import-export.

The rows of an uploaded file travel through the preview signed, so that nothing is stored in between.
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, override

import structlog
import tablib
from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from import_export.fields import Field
from import_export.resources import ModelResource, modelresource_factory
from import_export.results import Result, RowResult
from import_export.widgets import ManyToManyWidget, Widget
from python_calamine import CalamineError, load_workbook

from core.csv_injection import harmless, restored
from core.form_fields import use_decimal_mark
from sites.accounts.security import record_event
from sites.admin.bulk import MOST_COUNTED, BulkAdmin, usage_in_words
from sites.models import EventKind, User

logger = structlog.get_logger(__name__)

MAX_FILE_BYTES = 1024 * 1024
# What a workbook of that size may unpack to, and what its preview may carry.
MAX_UNPACKED_BYTES = 20 * MAX_FILE_BYTES
MAX_SIGNED_BYTES = 2 * MAX_FILE_BYTES
MAX_ROWS = 5000
# Seconds between the upload and the import.
MAX_AGE = 60 * 60
SALT = "master-data-import"
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WORDS = {True: ("yes", "true", "1", "x"), False: ("no", "false", "0")}

type Cell = str | float | bool | dt.date | dt.time | dt.datetime | dt.timedelta | None


class FileRows(NamedTuple):
    """The rows of a file as texts."""

    headings: list[str]
    rows: list[list[str]]
    decimal_mark: str = "."


class FileError(Exception):
    """A file cannot be imported; the message says why."""


class FieldWidget(Widget):  # type: ignore[misc]  # import-export has no types
    """Reads and writes a value as the form field of the administration does."""

    def __init__(self, field: models.Field[object, object], form_field: forms.Field) -> None:
        self._field = field
        self.form_field = form_field
        if isinstance(form_field, forms.ModelChoiceField):
            form_field.to_field_name = "code"
            assert form_field.queryset is not None
            self._all = form_field.queryset
            self._is_of_a_site = any(each.name == "site" for each in self._all.model._meta.fields)
            form_field.error_messages["invalid_choice"] = _("There is none with the code “%(value)s”.")

    def clean(self, value: object, row: Mapping[str, str] | None = None, **options: object) -> object:
        """Return the value of a cell; None keeps what an empty cell cannot be. Raises ValueError."""
        del options
        # A code is unique within its site, which the row names.
        if isinstance(self.form_field, forms.ModelChoiceField) and self._is_of_a_site:
            self.form_field.queryset = self._all.filter(site__code=(row or {}).get("site", ""))
        text = restored(str(value or "")).strip()
        if not text and self._field.has_default() and not self._field.blank:
            return None
        try:
            return self.form_field.clean(self._stored(text))
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error

    def _stored(self, text: str) -> object:
        """Return what the form field reads: the stored value of a label, and a truth value of yes or no."""
        folded = text.casefold()
        if isinstance(self._field, models.BooleanField):
            for truth, words in WORDS.items():
                if folded in words or folded == (_("yes") if truth else _("no")).casefold():
                    return truth
            raise ValidationError(_("“%(text)s” is neither yes nor no."), params={"text": text})
        for stored, label in self._field.flatchoices:
            if folded in (str(stored).casefold(), str(label).casefold()):
                return stored
        return text

    def render(self, value: object, obj: models.Model | None = None, **options: object) -> str:
        """Return a value as a cell."""
        del obj, options
        if value is None:
            return ""
        if isinstance(value, bool):
            return WORDS[value][0]
        return harmless(str(value.code if isinstance(value, models.Model) else value))  # type: ignore[attr-defined]  # keyed by code


class CodesWidget(ManyToManyWidget):  # type: ignore[misc]  # import-export has no types
    """Several rows of another list by their codes, with commas between."""

    def __init__(self, model: type[models.Model]) -> None:
        super().__init__(model, separator=", ", field="code")

    def clean(self, value: object, row: Mapping[str, str] | None = None, **options: object) -> object:
        del row, options
        codes = [code for code in str(value or "").replace(";", ",").split(",") if code.strip()]
        codes = [code.strip() for code in codes]
        found = list(self.model._default_manager.filter(code__in=codes))
        unknown = sorted(set(codes) - {row.code for row in found})
        if unknown:
            raise ValueError(_("There is none with the code “%(value)s”.") % {"value": ", ".join(unknown)})
        return found


class Resource(ModelResource):  # type: ignore[misc]  # import-export has no types
    """The rows of a list as they are imported, each checked as the form of the administration does."""

    user: User

    @override
    def after_init_instance(
        self, instance: models.Model, new: bool, row: Mapping[str, str], **options: object
    ) -> None:
        if new and any(field.name == "position" for field in self._meta.model._meta.fields):
            last = self._meta.model._default_manager.aggregate(last=models.Max("position"))["last"]
            instance.position = (last or 0) + 1  # type: ignore[attr-defined]  # as just found

    @override
    def before_save_instance(self, instance: models.Model, row: Mapping[str, str], **options: object) -> None:
        instance._history_user = self.user  # type: ignore[attr-defined]  # read by simple-history


@dataclass(frozen=True)
class PreviewRow:
    """What an import does with a row."""

    number: int
    kind: str
    name: str
    # The heading, the value before and the value after, of what changes.
    changes: list[tuple[str, str, str]]
    # In how many other rows the changed one is used.
    usage: str = ""


@dataclass(frozen=True)
class Preview:
    """What an import would do, or why it cannot."""

    rows: list[PreviewRow]
    errors: list[str]
    unchanged: int
    # The rows of the file, to be sent back.
    signed: str = ""


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file or Excel workbook"))


class FilesAdmin[M: models.Model](BulkAdmin[M]):
    """A list whose rows are exported to a file and imported from one."""

    change_list_template = "admin/master_data/change_list.html"
    # The columns by which a row of a file is one that is here.
    import_key: ClassVar[tuple[str, ...]] = ("code",)
    # What no record shows, so that a change of it is made without a word about records.
    unseen_fields: ClassVar[frozenset[str]] = frozenset({"position", "is_active", "notes"})

    @override
    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("import/", self.admin_site.admin_view(self.import_view), name=f"{name}_import"),
            path(
                "export/<slug:file_format>/",
                self.admin_site.admin_view(self.export_view),
                name=f"{name}_export",
            ),
            *super().get_urls(),
        ]

    @override
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        addresses = {
            "import_address": reverse(f"{name}_import"),
            "export_addresses": [
                (label, reverse(f"{name}_export", args=[file_format]) + query)
                for file_format, label in (("csv", _("Export as CSV")), ("xlsx", _("Export as Excel")))
            ],
        }
        return super().changelist_view(request, {**addresses, **(extra_context or {})})

    def export_view(self, request: HttpRequest, file_format: str) -> HttpResponse:
        """Return the rows of the list, as it is filtered, as a file. Raises Http404 for an unknown format."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if file_format not in CONTENT_TYPES:
            raise Http404
        assert isinstance(request.user, User)
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters as error:
            raise Http404 from error
        content = self.resource(request).export(rows).export(file_format)
        record_event(EventKind.EXPORTED, person=request.user, by=request.user, detail=self.opts.label)
        return HttpResponse(
            content.encode("utf-8-sig") if isinstance(content, str) else content,
            content_type=CONTENT_TYPES[file_format],
            headers={"Content-Disposition": f'attachment; filename="{self.opts.model_name}.{file_format}"'},
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Read a file, show what it would change, and import it once that is confirmed: all rows or none."""
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied
        form = FileForm(request.POST or None, request.FILES or None)
        preview: Preview | None = None
        if request.method == "POST" and "rows" in request.POST:
            preview = self._imported(request)
            if preview is None:
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        elif request.method == "POST" and form.is_valid():
            try:
                preview = self._previewed(request, read_file(form.cleaned_data["file"]))
            except FileError as error:
                form.add_error("file", str(error))
        resource = self.resource(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import %(name)s") % {"name": self.opts.verbose_name_plural},
            "opts": self.opts,
            "form": form,
            "preview": preview,
            "columns": [field.column_name for field in resource.get_import_fields()],
            "key": " + ".join(self.import_key),
        }
        return TemplateResponse(request, "admin/master_data/import.html", context)

    # The resource

    def resource(self, request: HttpRequest, *, decimal_mark: str = ".") -> Resource:
        """Return the columns that the form of a row has."""
        fields: dict[str, Field] = {}
        for name in self._column_names(request):
            field = self.opts.get_field(name)
            widget = self._widget(field, request)
            if isinstance(widget, FieldWidget):
                use_decimal_mark([widget.form_field], decimal_mark)
            fields[name] = Field(attribute=name, column_name=name, widget=widget, saves_null_values=True)
            if field.has_default() and not field.blank:  # type: ignore[union-attr]  # a column, which has one
                fields[name].saves_null_values = False
        resource: Resource = modelresource_factory(
            self.model,
            resource_class=Resource,
            custom_fields=fields,
            meta_options={
                "fields": tuple(fields),
                "export_order": tuple(fields),
                "import_order": tuple(fields),
                "import_id_fields": self.import_key,
                "clean_model_instances": True,
                "skip_unchanged": True,
                "skip_html_diff": True,
                "store_row_values": True,
                "use_transactions": True,
            },
        )()
        assert isinstance(request.user, User)
        resource.user = request.user
        return resource

    def _column_names(self, request: HttpRequest) -> list[str]:
        """Return the key, and the other fields of the form in its order."""
        columns = {
            field.name
            for field in (*self.opts.concrete_fields, *self.opts.many_to_many)
            if field.editable and not field.primary_key
        }
        shown: list[object] = list(self.get_fields(request))
        if self.fieldsets:
            shown = [name for _title, options in self.fieldsets for name in options["fields"]]
        names = [name for name in shown if isinstance(name, str) and name in columns]
        return list(dict.fromkeys([*self.import_key, *names]))

    def _widget(self, field: object, request: HttpRequest) -> Widget:
        if isinstance(field, models.ManyToManyField):
            return CodesWidget(field.related_model)
        assert isinstance(field, models.Field)
        form_field = self.formfield_for_dbfield(field, request)
        assert form_field is not None
        return FieldWidget(field, form_field)

    # The two steps

    def _previewed(self, request: HttpRequest, file: FileRows) -> Preview:
        """Return what the rows of a file would change. Raises FileError for columns that are not known."""
        resource = self.resource(request, decimal_mark=file.decimal_mark)
        headings = self._known(file.headings, resource)
        signed = signing.dumps(
            {
                "by": request.user.pk,
                "model": self.opts.label,
                "headings": headings,
                "rows": file.rows,
                "mark": file.decimal_mark,
            },
            salt=SALT,
            compress=True,
        )
        if len(signed) > MAX_SIGNED_BYTES:
            raise FileError(_("The file is too large to be imported at once. Split it."))
        result = _import(resource, headings, file.rows, dry_run=True)
        preview = self._preview_of(result, resource)
        preview.errors.extend(self._repeated(headings, file.rows))
        return preview if preview.errors else Preview(preview.rows, [], preview.unchanged, signed)

    def _imported(self, request: HttpRequest) -> Preview | None:
        """Import the rows that were previewed; return why they cannot be imported any more, if so."""
        try:
            sent = signing.loads(request.POST["rows"], salt=SALT, max_age=MAX_AGE)
        except signing.BadSignature:
            sent = {}
        if sent.get("by") != request.user.pk or sent.get("model") != self.opts.label:
            return Preview([], [_("The preview has expired. Choose the file again.")], 0)
        resource = self.resource(request, decimal_mark=sent["mark"])
        result = _import(resource, sent["headings"], sent["rows"], dry_run=False)
        preview = self._preview_of(result, resource)
        if preview.errors:
            return preview
        count = len(preview.rows)
        sentence = ngettext("%(count)d row was imported.", "%(count)d rows were imported.", count)
        messages.success(request, sentence % {"count": count})
        return None

    def _known(self, headings: Sequence[str], resource: Resource) -> list[str]:
        """Return the columns that the headings name, by their names or labels. Raises FileError."""
        names: dict[str, str] = {}
        for field in resource.get_import_fields():
            label = str(getattr(self.opts.get_field(field.column_name), "verbose_name", ""))
            names |= {field.column_name.casefold(): field.column_name, label.casefold(): field.column_name}
        columns = ", ".join(dict.fromkeys(names.values()))
        unknown = [heading for heading in headings if heading.casefold() not in names]
        if unknown:
            raise FileError(
                _("There is no column “%(name)s”. The columns are: %(columns)s.")
                % {"name": unknown[0], "columns": columns}
            )
        known = [names[heading.casefold()] for heading in headings]
        repeated = next((name for name in known if known.count(name) > 1), None)
        if repeated is not None:
            raise FileError(_("The column “%(name)s” is there twice.") % {"name": repeated})
        missing = [name for name in self.import_key if name not in known]
        if missing:
            raise FileError(
                _("The file needs the column “%(name)s”: it identifies a row.") % {"name": missing[0]}
            )
        return known

    def _repeated(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
        """Return a sentence for each row that is in the file twice."""
        places = [headings.index(name) for name in self.import_key]
        first: dict[tuple[str, ...], int] = {}
        errors = []
        for number, row in enumerate(rows, start=2):
            key = tuple(row[place].strip() for place in places)
            if key in first:
                errors.append(
                    _("Row %(number)d: “%(key)s” is in row %(first)d already.")
                    % {"number": number, "key": " ".join(key), "first": first[key]}
                )
            first.setdefault(key, number)
        return errors

    def _preview_of(self, result: Result, resource: Resource) -> Preview:
        errors = [str(error.error) for error in result.base_errors]
        rows: list[PreviewRow] = []
        unchanged = 0
        for number, row in enumerate(result.rows, start=2):
            reasons = [self._reason_of(error.error) for error in row.errors]
            if row.validation_error is not None:
                reasons += self.reasons(row.validation_error)
            if reasons:
                shown = {"number": number, "reasons": " ".join(reasons)}
                errors.append(_("Row %(number)d: %(reasons)s") % shown)
            elif row.import_type == RowResult.IMPORT_TYPE_SKIP:
                unchanged += 1
            else:
                rows.append(self._preview_row(number, row, resource, counts=len(rows) < MOST_COUNTED))
        return Preview(rows, errors, unchanged)

    def _reason_of(self, error: Exception) -> str:
        """Return why a row cannot be read, in words; what nobody expected is logged."""
        if isinstance(error, ValueError):
            return str(error)
        logger.error("master_data_import_failed", model=self.opts.label, exc_info=error)
        return _("The portal could not read this row. It has been logged.")

    def _preview_row(self, number: int, row: RowResult, resource: Resource, *, counts: bool) -> PreviewRow:
        is_new = row.import_type == RowResult.IMPORT_TYPE_NEW
        changes = []
        seen = False
        for field in resource.get_import_fields():
            name = field.column_name
            if isinstance(field.widget, CodesWidget):
                after = str(row.row_values.get(name, "")) if name in row.row_values else None
                before = "" if is_new else field.export(row.original)
                after = before if after is None else after
            else:
                after = field.export(row.instance)
                before = "" if is_new else field.export(row.original)
            if before != after:
                label = str(getattr(self.opts.get_field(name), "verbose_name", name))
                changes.append((capfirst(label), before, after))
                seen = seen or name not in self.unseen_fields
        usage = ""
        if seen and counts and not is_new:
            usage = usage_in_words(row.original)
        kind = _("new") if is_new else _("changed")
        return PreviewRow(number, kind, str(row.instance), changes, usage)


def _import(
    resource: Resource, headings: Sequence[str], rows: Iterable[Sequence[str]], *, dry_run: bool
) -> Result:
    return resource.import_data(
        tablib.Dataset(*rows, headers=list(headings)),
        dry_run=dry_run,
        rollback_on_validation_errors=True,
        retain_instance_in_row_result=True,
    )


def read_file(file: UploadedFile) -> FileRows:  # type: ignore[type-arg]  # of bytes; not generic when it runs
    """Read a CSV file or the first sheet of a workbook. Raises FileError."""
    if (file.size or 0) > MAX_FILE_BYTES:
        raise FileError(_("The file has more than 1 MB."))
    content = file.read()
    is_workbook = content.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    read = _read_workbook(content) if is_workbook else _read_csv(content)
    headings, *rows = [row for row in read.rows if any(cell.strip() for cell in row)] or [[]]
    width = len(headings)
    while width and not headings[width - 1].strip():
        width -= 1
    if not width or not rows:
        raise FileError(_("The file has no rows. Its first row has the names of the columns."))
    if len(rows) > MAX_ROWS:
        raise FileError(_("The file has more than %(most)d rows. Split it.") % {"most": MAX_ROWS})
    for number, row in enumerate(rows, start=2):
        if any(cell.strip() for cell in row[width:]):
            raise FileError(_("Row %(number)d has more cells than the first row.") % {"number": number})
    whole = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    return FileRows([heading.strip() for heading in headings[:width]], whole, read.decimal_mark)


def _read_workbook(content: bytes) -> FileRows:
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED_BYTES:
                    raise FileError(_("The file is too large to be imported at once. Split it."))
        sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
        return FileRows([], [[_text_of(cell) for cell in row] for row in sheet.to_python()])
    except (CalamineError, zipfile.BadZipFile, IndexError, ValueError) as error:
        raise FileError(
            _("The workbook cannot be read. Save it again as an Excel workbook or as CSV.")
        ) from error


def _text_of(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return WORDS[cell][0]
        case float() if cell.is_integer():
            return str(int(cell))
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case _:
            return str(cell)


def _read_csv(content: bytes) -> FileRows:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(
            _("The file is not in UTF-8. Save it as “CSV UTF-8”, or as an Excel workbook.")
        ) from error
    # PostgreSQL cannot store it.
    if "\0" in text:
        raise FileError(_("The file is neither CSV nor an Excel workbook."))
    heading = text.split("\n", 1)[0]
    mark = max(",;\t", key=heading.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=mark, strict=True))
    except csv.Error as error:
        raise FileError(_("The file is neither CSV nor an Excel workbook.")) from error
    # A spreadsheet separates with semicolons where the comma is its decimal mark.
    return FileRows([], rows, "," if mark == ";" else ".")
