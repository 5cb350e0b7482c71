"""The forms of records, in which pages, the API and imports clean input."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property, lru_cache, partial
from typing import ClassVar, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Field, ForeignKey, Model
from django.forms.models import ModelFormMetaclass
from django.forms.utils import ErrorDict
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.db.prepared import Parameter, PreparedQuery
from core.form_fields import NormalizedTextField, WholeNumberField, use_decimal_mark
from core.numbers import whole_number
from records.models import DailyRecord
from records.warnings import LONG_AGO, Findings, NotInFuture, WarningRules
from sites.dates import NOT_A_DATE, date_input, within_reason
from sites.models import MasterData, Site


@cache
def _stored(
    model: type[MasterData], name: str, *, is_of_a_site: bool
) -> PreparedQuery[MasterData, MasterData]:
    """Return the query of the row with this `pk` or `code`, of one site where the list is of a site."""
    value = Parameter("value", models.BigIntegerField() if name == "pk" else models.CharField())
    site = Parameter("site", models.BigIntegerField())
    of_site = models.Q(("site", site)) if is_of_a_site else models.Q()
    return PreparedQuery(lambda: model._default_manager.filter(of_site, **{name: value}).order_by())


@cache
def _offered(
    field_class: "type[CodedChoiceField]", model: type[MasterData]
) -> PreparedQuery[MasterData, MasterData]:
    """Return what a new record of any site may choose: most pages of clerks read it."""
    field = field_class(model._default_manager.all())
    field.site = Site(pk=Parameter("site", models.BigIntegerField()))
    return PreparedQuery(field.offered)


CHOOSE = _("Choose")


class Option(NamedTuple):
    """An option of a choice; `code` finds it from the keyboard."""

    value: str
    label: str
    code: str = ""


@lru_cache(maxsize=1024)
def _options_html(options: tuple[Option, ...]) -> str:
    """Return options of which none is selected."""
    options_html = render_to_string("records/_options.html", {"options": options})
    return " ".join(options_html.split()).replace(" >", ">")


@lru_cache(maxsize=4096)
def rendered_options(options: tuple[Option, ...], selected: str) -> SafeString:
    """Return the options of a choice: most forms of a site have one of a few values."""
    value = f'value="{escape(selected)}"'
    return SafeString(_options_html(options).replace(value, f"{value} selected", 1))


class CodedSelect(forms.Select):
    """A list of master data, whose options are rendered once for all forms that have the same."""

    template_name = "records/_select.html"

    @cached_property
    def offered(self) -> tuple[Option, ...]:
        """Return the options, read once for a form."""
        assert isinstance(self.choices, OfferedChoices)
        field = self.choices.field
        empty = (Option("", str(field.empty_label)),) if field.empty_label is not None else ()
        return (*empty, *field.options_at(field.site))

    def use_required_attribute(self, initial: object) -> bool:
        # As `forms.Select` does, without another query for the first choice.
        is_required = forms.Widget.use_required_attribute(self, initial)
        return is_required and any(not option.value for option in self.offered[:1])

    def get_context(self, name: str, value: object, attrs: dict[str, object] | None) -> dict[str, object]:
        # Without the context that `forms.Select` makes for each option.
        context = forms.Widget.get_context(self, name, value, attrs)
        context["widget"]["options"] = rendered_options(self.offered, "" if value is None else str(value))
        return context


class OfferedChoices(forms.models.ModelChoiceIterator[MasterData]):
    """The choices, queried only when they are rendered: a form that is only cleaned needs none."""

    field: "CodedChoiceField"

    def __iter__(self) -> Iterator[tuple[forms.models.ModelChoiceIteratorValue | str, str]]:
        self.queryset = self.field.offered()
        return super().__iter__()

    def __len__(self) -> int:
        self.queryset = self.field.offered()
        return super().__len__()


class CodedChoiceField(forms.ModelChoiceField[MasterData]):
    """A choice of master data, sent as its id or as its code."""

    default_error_messages: ClassVar = {
        "invalid_choice": _("“%(value)s” is not one of the choices. Choose one from the list."),
    }

    iterator = OfferedChoices
    widget = CodedSelect
    # The site that the record is of.
    site: Site
    # The row that the edited record has: it stays a choice when it is no longer active.
    chosen: int | None = None

    def offered(self) -> models.QuerySet[MasterData]:
        """Return the active rows, and the inactive ones that are accepted."""
        assert self.queryset is not None
        return self.queryset.filter(models.Q(is_active=True) | self.accepted_inactive())

    def accepted_inactive(self) -> models.Q:
        """Return the condition for rows that are choices although they are no longer active."""
        return models.Q(pk=self.chosen)

    def options_at(self, site: Site) -> tuple[Option, ...]:
        """Return the options at a site, without an empty one."""
        return tuple(
            Option(str(row.pk), self.label_from_instance(row), row.code) for row in self.rows_at(site)
        )

    def rows_at(self, site: Site) -> Sequence[MasterData]:
        """Return what may be chosen at a site."""
        assert self.queryset is not None
        if self.chosen is None:
            return _offered(type(self), self.queryset.model).all(site=site.pk)  # type: ignore[arg-type]  # a class is hashable
        return list(self.offered())

    def remember(self) -> None:
        """Read the choices once, so that cleaning many rows needs no query per row."""
        self._known: dict[str, MasterData] = {}
        for choice in self.offered():
            self.learn(choice)

    def learn(self, choice: MasterData) -> None:
        """Remember another choice, stored or not."""
        self._known[str(choice.pk)] = self._known[choice.code] = choice

    @property
    def remembered(self) -> list[MasterData]:
        """Return the choices that were read."""
        return list({choice.pk: choice for choice in self._known.values()}.values())

    def to_python(self, value: object) -> MasterData | None:
        if isinstance(value, MasterData):
            value = value.pk
        sent = str(value).strip() if value is not None else ""
        if sent in self.empty_values:
            return None
        found = self._find(sent)
        if found is None:
            raise ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": sent[:50]}
            )
        return found

    def _find(self, sent: str) -> MasterData | None:
        if hasattr(self, "_known"):
            return self._known.get(sent)
        if "\0" in sent:
            # PostgreSQL does not accept it in a query.
            return None
        assert self.queryset is not None
        # A code is never a number alone (sites.models.validate_code), so an id is not mistaken for one.
        key = whole_number(sent)
        found = self.stored("pk", key) if key is not None else self.stored("code", sent)
        if found is None or found.is_active or found.pk == self.chosen:
            return found
        return self.offered().filter(pk=found.pk).first()

    def stored(self, name: str, value: int | str) -> MasterData | None:
        """Return the row with this `pk` or `code`, whether or not it may be chosen."""
        assert self.queryset is not None
        return _stored(self.queryset.model, name, is_of_a_site=False).first(value=value)


class SiteChoiceField(CodedChoiceField):
    """A choice of master data of the record's own site."""

    default_error_messages: ClassVar = {
        "invalid_choice": _("“%(value)s” does not belong to this site. Choose one from the list."),
    }

    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().filter(models.Q(("site_id", self.site.pk)))

    def stored(self, name: str, value: int | str) -> MasterData | None:
        assert self.queryset is not None
        query = _stored(self.queryset.model, name, is_of_a_site=True)
        return query.first(site=self.site.pk, value=value)


def form_field(column: "models.Field[object, object]", **options: object) -> forms.Field | None:
    """Return the form field of a column. Texts, whole numbers and master data have classes of their own."""
    form_class: type[forms.Field] | None = None
    if isinstance(column, models.ForeignKey):
        form_class = CodedChoiceField
    elif isinstance(column, models.IntegerField):
        form_class = WholeNumberField
    elif type(column) in (models.CharField, models.TextField):
        form_class = NormalizedTextField
    if form_class is not None and not column.choices:
        options = {"form_class": form_class, **options}
    field = column.formfield(**options)  # type: ignore[arg-type]  # the form field's own options
    if isinstance(field, WholeNumberField):
        # Django checks the limits of columns only after a form may have computed with the number.
        field.validators += [limit for limit in column.validators if isinstance(limit, MaxValueValidator)]
    return field


class RecordFormMetaclass(ModelFormMetaclass):
    """Makes the fields of a form with `form_field`, where its Meta does not name another class."""

    def __new__(  # noqa: PYI034  # a metaclass has no Self
        mcs, name: str, bases: tuple[type, ...], attributes: dict[str, object]
    ) -> "RecordFormMetaclass":
        if "Meta" in attributes:
            attributes["Meta"].formfield_callback = staticmethod(form_field)  # type: ignore[attr-defined]  # for Django
        return super().__new__(mcs, name, bases, attributes)


class RecordForm[R: DailyRecord](forms.ModelForm[R], metaclass=RecordFormMetaclass):
    """The fields of a record, cleaned, and the warnings about it.

    A rule for new input does not judge what is stored: when a record is corrected, a date in the future or a
    choice that is no longer active is accepted as long as it is the one that the record has.

    Cleaning does not query the database's constraints: the cleaners check the same rules with the same
    messages, and uniqueness, which only the database knows, is reported when it rejects the write.
    """

    # The module's warning rules, from its `warnings.py`.
    warning_rules: WarningRules[R] = WarningRules((LONG_AGO,))
    # Whether a person is there to answer questions. A program gets warnings instead, and the record is saved.
    is_interactive = True
    # A template of the module that pages show under the fields, with this form as `form`.
    preview_template: ClassVar[str] = ""
    # Required fields that it fills in from others: the operating date from a moment.
    fills_in: ClassVar[Mapping[str, str]] = {}
    # The detail fields of which one shows that a record has details.
    detail_marks: ClassVar[Sequence[str]] = ()
    # Fields that pages do not show.
    left_out: Collection[str] = ()

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        *,
        site: Site,
        instance: R | None = None,
        initial: Mapping[str, object] | None = None,
        auto_id: str = "id_%s",
        is_moved: bool = False,
    ) -> None:
        """`is_moved`: the record comes from another site, at which its date may have been another day."""
        super().__init__(
            values,
            instance=instance,
            initial=dict(initial or {}),
            auto_id=auto_id,
        )
        if instance is None:
            self.instance.site = site
        self.site = site
        self.is_moved = is_moved
        use_decimal_mark(self.fields.values(), site.decimal_mark)
        date, notes = self.fields["date"], self.fields["notes"]
        assert isinstance(date, forms.DateField)
        # 12/01 would be guessed; year-month-day cannot be misread.
        date.input_formats = ["%Y-%m-%d"]
        stored = None if self.instance._state.adding or is_moved else self.instance.date
        date.validators += [*within_reason, NotInFuture(site, stored=stored)]
        date.error_messages["invalid"] = NOT_A_DATE
        date.widget = date_input()
        notes.widget = forms.Textarea(attrs={"rows": 2})
        for field_name, field in self.fields.items():
            if isinstance(field, CodedChoiceField):
                field.site = site
                # Django's dashes are wider than a narrow list.
                field.empty_label = CHOOSE if field.empty_label else None
                field.chosen = getattr(self.instance, f"{field_name}_id")

    def __iter__(self) -> Iterator[forms.BoundField]:
        return (field for field in super().__iter__() if field.name not in self.left_out)

    @classmethod
    def values_of(cls, record: R) -> dict[str, object]:
        """Return the form values of a record."""
        stored = {
            name: getattr(record, attribute)
            for name, attribute in _attributes(type(record))
            if name in cls.base_fields
        }
        return {name: "" if value is None else value for name, value in stored.items()}

    def first_entry(self) -> R | None:
        """Return the record that the valid input was entered as before, where its content says so.

        Raises DuplicateRecord where it is another record with the same identity.
        """
        return None

    def needs_preview(self) -> bool:
        """Return whether the person has to see the preview under the fields before saving."""
        return False

    def remember(self) -> None:
        """Read the choices once, so that cleaning many rows needs no query per row."""
        for field in self.fields.values():
            if isinstance(field, CodedChoiceField):
                field.remember()

    def _get_validation_exclusions(self) -> set[str]:
        # A choice field has looked its row up already; the model would look it up again.
        keys = {name for name, field in self.fields.items() if isinstance(field, CodedChoiceField)}
        return super()._get_validation_exclusions() | keys  # type: ignore[misc,no-any-return]  # not in the stubs

    def find_warnings(self, before: R | None) -> Findings:
        """Return the warnings about the cleaned record; `before` is the record as it was.

        Operations on one record call this. Imported rows are checked many at a time, without a query each.
        """
        return self.warning_rules.find(self.instance, before, self.fields)

    def validate_unique(self) -> None:
        """Leave uniqueness to the database."""

    def validate_constraints(self) -> None:
        """Leave the constraints to the database: Django would query it once for each of them."""


@cache
def _attributes(model: type[DailyRecord]) -> list[tuple[str, str]]:
    """Return the columns of a model, and the attributes of a record that have their values or keys."""
    return [(column.name, column.attname) for column in model._meta.concrete_fields]


# Types that are equal by value, and how many values one field of a row cleaner remembers.
REMEMBERED = frozenset({str, int, dt.date, Decimal, type(None)})
MOST_REMEMBERED = 5_000
LONGEST_REMEMBERED = 100
# Stands for no remembered value, as None is one.
UNKNOWN = object()

type Clean = Callable[[object], object]


@dataclass(frozen=True)
class _FormField:
    """A field of the form, its cleaner, and the form's own cleaner for it."""

    name: str
    field: forms.Field
    clean: Clean
    form_clean: Callable[[], object] | None

    def fill(self, values: Mapping[str, object], cleaned: dict[str, object]) -> None:
        cleaned[self.name] = self.clean(self.field.widget.value_from_datadict(values, {}, self.name))
        if self.form_clean is not None:
            cleaned[self.name] = self.form_clean()


@dataclass(frozen=True)
class _Column:
    """A column of the model that the form fills, and how the model cleans it."""

    field: forms.Field
    name: str
    clean: Clean
    stored: "Field[object, object]"
    has_default: bool
    may_be_empty: bool

    def fill(self, record: DailyRecord, value: object, values: Mapping[str, object]) -> None:
        if isinstance(self.stored, ForeignKey):
            assert value is None or isinstance(value, Model)
            # As the descriptor does, without asking the database router each time.
            record.__dict__[self.stored.attname] = None if value is None else value.pk
            self.stored.set_cached_value(record, value)
        elif value not in self.field.empty_values:
            setattr(record, self.name, self.clean(value))
        elif not (self.has_default and self.field.widget.value_omitted_from_data(values, {}, self.name)):
            setattr(record, self.name, value if self.may_be_empty else self.clean(value))


class RowCleaner[R: DailyRecord]:
    """Cleans many rows of one site with the form's own cleaners.

    A valid row takes a short way through them, in half of the form's time; any other row is cleaned by the
    form as a whole. A property test proves that both accept and reject the same rows.
    """

    def __init__(self, form_class: type[RecordForm[R]], *, site: Site) -> None:
        self._form = form = form_class({}, site=site)
        self._model = form_class._meta.model
        self._site = site
        form.remember()
        for field in form.fields.values():
            # A field's cleaned value does not depend on the row.
            field.clean = _remembered(field.clean)  # type: ignore[assignment]  # of this form's own copy
        self._fields = [
            _FormField(name, field, field.clean, getattr(form, f"clean_{name}", None))
            for name, field in form.fields.items()
        ]
        self._omitted: dict[tuple[str, ...], tuple[Mapping[str, object], list[_FormField]]] = {}
        stored = {column.name: column for column in form_class._meta.model._meta.fields}
        self._site_column = cast("ForeignKey[Site, Site]", stored["site"])
        self._columns = [
            _column(field, stored[name]) for name, field in form.fields.items() if name in stored
        ]

    @property
    def labels(self) -> dict[str, str]:
        """Return the label of each field."""
        return {name: str(field.label or name) for name, field in self._form.fields.items()}

    def choices_of(self, name: str) -> list[MasterData]:
        """Return the choices of a field at this site."""
        field = self._form.fields[name]
        assert isinstance(field, CodedChoiceField)
        return field.remembered

    def learn(self, choice: MasterData) -> None:
        """Accept master data in rows that is stored together with them."""
        for field in self._form.fields.values():
            if isinstance(field, CodedChoiceField):
                assert field.queryset is not None
                if field.queryset.model is type(choice):
                    field.learn(choice)

    def clean(self, values: Mapping[str, object]) -> R | ErrorDict:
        """Return an unsaved record, or the errors of the row by field."""
        form = self._form
        form.data = values
        if not self._is_clean(values):
            form.instance = self._model(site=self._site)
            form._errors = None  # type: ignore[attr-defined]  # noqa: SLF001  # what full_clean starts from
            if form.errors:
                return form.errors
        form.instance.confirmed_warnings = form.warning_rules.row_warnings(form.instance)
        return form.instance

    def _omitted_from(self, values: Mapping[str, object]) -> tuple[Mapping[str, object], list[_FormField]]:
        """Return the cleaned values of the fields that these rows do not have, and the other fields.

        All rows of a file have the same fields, of which a module may have many more. Raises ValidationError.
        """
        names = tuple(values)
        if names not in self._omitted:
            cleaned: dict[str, object] = {}
            blank = self._model.with_columns({"site_id": self._site.pk})
            columns = {column.name: column for column in self._columns}
            for field in self._fields:
                is_omitted = field.field.widget.value_omitted_from_data(values, {}, field.name)
                if not is_omitted or field.form_clean is not None:
                    continue
                field.fill(values, cleaned)
                column = columns.get(field.name)
                before = dict(blank.__dict__)
                if column is not None:
                    column.fill(blank, cleaned[field.name], values)
                if blank.__dict__ != before:
                    del cleaned[field.name]
                    blank.__dict__.update(before)
            given = [field for field in self._fields if field.name not in cleaned]
            self._omitted[names] = (cleaned, given)
        return self._omitted[names]

    def _is_clean(self, values: Mapping[str, object]) -> bool:
        """Fill the form's record from these values in the order of `full_clean`; return False at an error."""
        form = self._form
        form.instance = record = self._model.with_columns({"site_id": self._site.pk})
        self._site_column.set_cached_value(record, self._site)
        form._errors = errors = ErrorDict()  # type: ignore[attr-defined]  # noqa: SLF001  # what the form's clean() adds to
        cleaned: dict[str, object] = {}
        form.cleaned_data = cleaned
        try:
            omitted, given = self._omitted_from(values)
            cleaned.update(omitted)
            for field in given:
                field.fill(values, cleaned)
            form.clean()
            if errors:
                return False
            for column in self._columns:
                value = cleaned[column.name]
                # What no row has is as in a new record, unless the form filled it in.
                if column.name not in omitted or value is not omitted[column.name]:
                    column.fill(record, value, values)
            record.clean()
        except ValidationError:
            return False
        return True


def _column(field: forms.Field, stored: "Field[object, object]") -> _Column:
    return _Column(
        field=field,
        name=stored.name,
        clean=_remembered(partial(stored.clean, model_instance=None)),
        stored=stored,
        has_default=stored.has_default(),
        may_be_empty=stored.blank or not field.required,
    )


def _remembered(clean: Clean) -> Clean:
    """Return the cleaner with a cache of accepted values: files repeat them."""
    accepted: dict[object, object] = {}

    def cleaned(value: object) -> object:
        kind = type(value)
        if kind not in REMEMBERED or (isinstance(value, str) and len(value) > LONGEST_REMEMBERED):
            return clean(value)
        # 1.0 and 1.00 are equal, but one has a decimal more.
        key = (kind, str(value) if kind is Decimal else value)
        found = accepted.get(key, UNKNOWN)
        if found is UNKNOWN:
            if len(accepted) >= MOST_REMEMBERED:
                accepted.clear()
            found = accepted[key] = clean(value)
        return found

    return cleaned
