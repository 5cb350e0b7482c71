"""The body of a record: its schema, and the values of the module's form that it stands for."""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import override

from django.http import HttpRequest
from django.utils.translation import gettext as _

from api.errors import Detail, field_error, form_details
from api.records.fields import SITE, columns_of, form_schema
from api.records.output import schema_name
from api.schemas import FormSchema
from records.columns import Column
from records.models import DailyRecord
from records.module import RecordModule
from sites.dates import NOT_A_DATE
from sites.models import Site
from sites.moments import day_at

type Values = dict[str, object]
type FormErrors = Callable[[HttpRequest, Values], Iterable[Detail]]


class RecordInput[R: DailyRecord]:
    """The fields that a request may send for a module's records."""

    def __init__(
        self, module: RecordModule[R], *, is_new: bool, form_errors: FormErrors, names: Iterable[str] = ()
    ) -> None:
        self.module = module
        columns = columns_of(module)
        self.columns: Mapping[str, Column] = {name: columns[name] for name in names or columns}
        if is_new:
            self.columns = {"site": SITE, **self.columns}
        self.keys = {name: column.json_key for name, column in self.columns.items()}

        class RecordBody(FormSchema):
            @override
            @classmethod
            def form_errors(cls, request: HttpRequest, values: Values) -> Iterable[Detail]:
                return form_errors(request, values)

        name = schema_name(module)
        self.schema = form_schema(
            f"New{name}" if is_new else f"{name}Change",
            RecordBody,
            columns=self.columns,
            model=module.model,
            form=module.form(site=Site()),
            is_new=is_new,
        )

    def form_errors(self, values: Values, *, site: Site, record: R | None = None) -> list[Detail]:
        """Return what the form finds wrong with a body some of whose values have the wrong type."""
        stored = {} if record is None else self.module.form.values_of(record)
        form = self.module.form(
            {**stored, **self.at_site(values, site)}, site=site, instance=copy.copy(record)
        )
        form.is_interactive = False
        return form_details(form, self.keys)

    def at_site(self, values: Values, site: Site) -> Values:
        """Return the values with every moment as its operating date. Raises ApiError."""
        return {
            name: self._operating_date(name, value, site) if isinstance(value, dt.date) else value
            for name, value in values.items()
        }

    def _operating_date(self, name: str, day: dt.date, site: Site) -> str:
        try:
            return day_at(site, day).isoformat()
        except ValueError as error:
            raise field_error(self.keys[name], str(NOT_A_DATE)) from error


def has_moment(values: Values) -> bool:
    """Return whether a value is a moment, whose operating date only the site knows."""
    return any(isinstance(value, dt.datetime) for value in values.values())


def moment_warnings(values: Values, record: DailyRecord) -> list[str]:
    """Return a warning for each moment of which only the operating date was kept."""
    return [
        _("Only the operating date %(date)s was saved; the time %(time)s was not.")
        % {"date": record.date.isoformat(), "time": f"{value:%H:%M}"}
        for value in values.values()
        if isinstance(value, dt.datetime)
    ]
