"""The forms of records: the one place where input is cleaned, for pages, the API and imports."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import ModelFormMetaclass
from django.utils.translation import gettext_lazy as _

from core.db.prepared import Parameter, PreparedQuery
from core.number_fields import WholeNumberField, use_decimal_mark
from core.text_fields import NormalizedTextField
from records.models import DailyRecord
from records.warnings import LONG_AGO, Findings, NotInFuture, WarningRules
from sites.dates import NOT_A_DATE, date_input, within_reason
from sites.models import MasterData, Site


@cache
def _by_id(model: type[MasterData]) -> PreparedQuery[MasterData, MasterData]:
    return PreparedQuery(
        lambda: model._default_manager.filter(pk=Parameter("id", models.BigIntegerField())).order_by()
    )


@cache
def _by_code(model: type[MasterData]) -> PreparedQuery[MasterData, MasterData]:
    return PreparedQuery(
        lambda: model._default_manager.filter(code=Parameter("code", models.CharField())).order_by()
    )


@cache
def _by_id_at(model: type[MasterData]) -> PreparedQuery[MasterData, MasterData]:
    site, key = Parameter("site", models.BigIntegerField()), Parameter("id", models.BigIntegerField())
    return PreparedQuery(lambda: model._default_manager.filter(models.Q(("site", site)), pk=key).order_by())


@cache
def _by_code_at(model: type[MasterData]) -> PreparedQuery[MasterData, MasterData]:
    site, code = Parameter("site", models.BigIntegerField()), Parameter("code", models.CharField())
    return PreparedQuery(
        lambda: model._default_manager.filter(models.Q(("site", site)), code=code).order_by()
    )


CHOOSE = _("Choose")


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
        is_id = sent.isascii() and sent.isdigit() and len(sent) < 19
        found = self.with_id(int(sent)) if is_id else self.with_code(sent)
        if found is None or found.is_active or found.pk == self.chosen:
            return found
        return self.offered().filter(pk=found.pk).first()

    def with_id(self, key: int) -> MasterData | None:
        """Return the row with this id."""
        assert self.queryset is not None
        return _by_id(self.queryset.model).first(id=key)

    def with_code(self, code: str) -> MasterData | None:
        """Return the row with this code."""
        assert self.queryset is not None
        return _by_code(self.queryset.model).first(code=code)


class SiteChoiceField(CodedChoiceField):
    """A choice of master data of the record's own site."""

    default_error_messages: ClassVar = {
        "invalid_choice": _("“%(value)s” does not belong to this site. Choose one from the list."),
    }

    def offered(self) -> models.QuerySet[MasterData]:
        return super().offered().filter(models.Q(("site", self.site)))

    def with_id(self, key: int) -> MasterData | None:
        assert self.queryset is not None
        return _by_id_at(self.queryset.model).first(site=self.site.pk, id=key)

    def with_code(self, code: str) -> MasterData | None:
        assert self.queryset is not None
        return _by_code_at(self.queryset.model).first(site=self.site.pk, code=code)


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
    return column.formfield(**options)  # type: ignore[arg-type]  # the form field's own options


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
    # Whether a person can be asked for more input. A program gets warnings instead, and the record is saved.
    is_interactive = True
    # A template of the module that pages show under the fields, with this form as `form`.
    preview_template: ClassVar[str] = ""

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

    @classmethod
    def values_of(cls, record: R) -> dict[str, object]:
        """Return the form values of a record."""
        stored = forms.model_to_dict(record, fields=list(cls.base_fields))
        return {name: "" if value is None else value for name, value in stored.items()}

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
