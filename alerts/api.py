"""The route of alerts in the API: `settings.API_ROUTERS` adds it."""

from typing import Annotated, Literal

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field, PlainValidator, WithJsonSchema

from alerts.models import Alert, Kind, Notice
from alerts.webhooks import as_json
from api.auth import user_of, visible_site
from api.records.lists import DEFAULT_LIMIT, Limit
from api.records.output import Moment
from api.responses import InvalidValueError, json_response
from api.schemas import OK, READ_ERRORS, QuerySchema, ResponseSchema, moment_text
from sites.models import Site

router = Router(tags=["alerts"], by_alias=True)

CURSOR = "api.cursor:alerts"


def _position(text: object) -> int:
    try:
        return int(signing.loads(str(text), salt=CURSOR))
    except (signing.BadSignature, ValueError) as error:
        raise InvalidValueError(_("This cursor is not valid for this list.")) from error


def _kind(text: object) -> str:
    if text not in Kind.values:
        raise InvalidValueError(_("There is no such kind of alert."))
    return str(text)


class AlertQuery(QuerySchema):
    """The query of the list of alerts."""

    site_id: str = Field("", description=_("Id of the site; without it, of all your active sites."))
    state: Literal["open", "ended"] | None = Field(None, description=_("Only those that are open, or ended."))
    kind: Annotated[
        str | None, PlainValidator(_kind), WithJsonSchema({"type": "string", "enum": Kind.values})
    ] = Field(None, description=_("What the rule watches."))
    limit: Limit = Field(DEFAULT_LIMIT, description=_("How many alerts at most."))
    cursor: Annotated[
        int | None,
        PlainValidator(_position),
        WithJsonSchema({"type": "string", "minLength": 1}),
    ] = Field(None, description=_("The nextCursor of the page before."))


class AlertItem(ResponseSchema):
    """An alert: what a webhook sends, and whether you have read it."""

    id: int = Field(description=_("Id of the alert."))
    site_id: int = Field(description=_("Id of the site."))
    site_code: str = Field(description=_("Code of the site."))
    kind: str = Field(description=_("What the rule watches."), json_schema_extra={"enum": [*Kind.values]})
    text: str = Field(description=_("A sentence with the figures of when it began."))
    link: str = Field(description=_("The page where something can be done about it."))
    began_at: Moment = Field(description=_("When it began."))
    ended_at: Moment | None = Field(description=_("When it ended; null while it is open."))
    is_read: bool = Field(description=_("Whether you have read it."))


class Alerts(ResponseSchema):
    alerts: list[AlertItem] = Field(description=_("Newest first."))
    next_cursor: str | None = Field(description=_("The cursor of the next page; null on the last one."))


@router.get(
    "",
    response={OK: Alerts, **READ_ERRORS},
    operation_id="alerts_list",
    url_name="alerts",
    summary=_("Alerts of a site, or of all your sites"),
)
def list_alerts(request: HttpRequest, query: Query[AlertQuery]) -> HttpResponse:
    """Return alerts, newest first. They are read here, and begin and end by themselves."""
    user = user_of(request)
    sites = [visible_site(user, query.site_id)] if query.site_id else Site.objects.for_user(user).active()
    found = Alert.objects.filter(site__in=sites).select_related("site").order_by("-pk")
    if query.state is not None:
        found = found.filter(ended_at__isnull=query.state == "open")
    if query.kind is not None:
        found = found.filter(kind=query.kind)
    if query.cursor is not None:
        found = found.filter(pk__lt=query.cursor)
    page = list(found[: query.limit + 1])
    alerts, more = page[: query.limit], page[query.limit :]
    notices = Notice.objects.unread().filter(person=user, alert__in=[alert.pk for alert in alerts])
    unread = set(notices.values_list("alert", flat=True))
    return json_response(
        {
            "alerts": [_item(alert, is_read=alert.pk not in unread) for alert in alerts],
            "nextCursor": signing.dumps(alerts[-1].pk, salt=CURSOR) if more else None,
        }
    )


def _item(alert: Alert, *, is_read: bool) -> dict[str, object]:
    return {
        **as_json(alert),
        "beganAt": moment_text(alert.began_at),
        "endedAt": None if alert.ended_at is None else moment_text(alert.ended_at),
        "isRead": is_read,
    }
