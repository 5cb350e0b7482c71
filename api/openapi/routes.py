"""What every route takes and gives."""

from http import HTTPStatus

from django.utils.translation import gettext as _

from api.openapi.components import list_name
from api.openapi.record_routes import record_routes
from api.openapi.schemas import Schema, list_of, object_of, ref, text
from api.openapi.texts import (
    BAD,
    CONFLICT,
    CREATED,
    MISSING,
    OK,
    WRITES,
    Route,
    day_parameter,
    site_parameter,
)
from api.records.input import SITE_KEY
from api.records.resources import every_resource
from api.routers.master_data import every_list, is_of_a_site


def described_routes() -> dict[tuple[str, str], Route]:
    """Return every route under its path and method."""
    routes = {**_people(), **_lists(), **_figures()}
    for records in every_resource():
        routes |= record_routes(records)
    return routes


def _people() -> dict[tuple[str, str], Route]:
    return {
        ("/api/health", "get"): Route(
            _("Whether the portal can do its work"),
            {OK: ref("Health"), HTTPStatus.SERVICE_UNAVAILABLE: ref("Health")},
            description=_("Open to all. 503 names the check that fails."),
            is_open=True,
        ),
        ("/api/auth/session", "get"): Route(_("Who calls"), {OK: ref("Session")}, refuses=(BAD,)),
        ("/api/sites", "get"): Route(
            _("Your active sites, by name"),
            {OK: object_of({"sites": list_of(ref("Site"), _("The sites."))})},
            refuses=(BAD,),
        ),
        ("/api/sites", "post"): Route(
            _("Make a site, as an admin"),
            {CREATED: object_of({"site": ref("Site")})},
            takes="NewSite",
            refuses=(BAD, CONFLICT, *WRITES),
            headers={"Location": _("Where the site is."), "ETag": _("What names its state.")},
        ),
        ("/api/sites/{site_id}", "get"): Route(
            _("One site, and how much was recorded there"),
            {OK: object_of({"site": ref("SiteWithCounts")})},
            refuses=(BAD, MISSING),
            headers={"ETag": _("What names its state.")},
        ),
    }


def _lists() -> dict[tuple[str, str], Route]:
    routes = {}
    for path, model in every_list().items():
        rows = list_of(ref(list_name(path)), model._meta.verbose_name_plural or "")
        of_a_site = is_of_a_site(model)
        routes[f"/api/{path}", "get"] = Route(
            _("Active %(things)s, in the order of lists") % {"things": model._meta.verbose_name_plural},
            {OK: object_of({path.rpartition("/")[2]: rows})},
            parameters=(site_parameter(),) if of_a_site else (),
            refuses=(BAD, MISSING) if of_a_site else (BAD,),
        )
    return routes


def _figures() -> dict[tuple[str, str], Route]:
    figures: dict[str, Schema] = {
        "metrics": ref("Metrics"),
        "date": text(_("The operating date."), format="date"),
        SITE_KEY: {"type": "integer", "description": _("Id of the site.")},
    }
    return {
        ("/api/dashboard/metrics", "get"): Route(
            _("A site's day in figures"),
            {OK: object_of(figures)},
            parameters=(
                site_parameter(),
                day_parameter("date", _("Operating date; without, the site's today.")),
            ),
            refuses=(BAD, MISSING),
        ),
    }
