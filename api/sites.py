"""The caller, the sites that they have access to, and the master data of these sites."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, override

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import Field

from api.auth import require_writer, user_of, visible_site
from api.records.input import form_schema
from api.records.output import Item, Moment, list_key, model_columns, projection_of_model, response_schema
from api.responses import ApiError, Detail, form_details, json_response, record_response, validation_error
from api.schemas import (
    BAD_REQUEST,
    CONFLICT,
    CREATED,
    NOT_FOUND,
    OK,
    READ_ERRORS,
    WRITES,
    FormSchema,
    QuerySchema,
    ResponseSchema,
    SiteId,
    errors,
    header_extra,
    make_schema,
    moment_text,
)
from inventory.ledger.snapshots import InventorySnapshot
from inventory.module import STOCK_COUNTS
from records.columns import TextColumn
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from sites.calendar.forms import NewSiteForm
from sites.models import MasterData, Material, Operation, Role, Site, User

router = Router(tags=["sites"], by_alias=True)

SITE_COLUMNS = model_columns(Site, ["id", "code", "name", "location", "timezone", "created_at"])
SITES = projection_of_model(SITE_COLUMNS)
ONE_SITE = projection_of_model([*SITE_COLUMNS, *model_columns(Site, ["is_active"])])
ETAG = {"ETag": _("Identifies this state of the site.")}
UNIQUE = "unique"
SitePathId = Annotated[str, Path(description=_("Id of the site."))]


class SessionSite(ResponseSchema):
    id: int = Field(description=_("Id of the site."))
    code: str = Field(description=_("Its code."))
    role: str = Field(
        description=_("Your role there."), json_schema_extra={"enum": [role.value.upper() for role in Role]}
    )


class Session(ResponseSchema):
    user_id: int = Field(description=_("Your id."))
    is_authenticated: bool = Field(description=_("Always true."), json_schema_extra={"const": True})
    timestamp: Moment = Field(description=_("The current time."))
    email: str = Field(description=_("Your e-mail address."))
    name: str = Field(description=_("Your name."))
    is_admin: bool = Field(description=_("Whether you have access to every site."))
    sites: list[SessionSite] = Field(description=_("Your active sites, by name."))


class NewSiteBody(FormSchema):
    @override
    @classmethod
    def form_errors(cls, request: HttpRequest, values: dict[str, object]) -> Iterable[Detail]:
        # Only admins may learn which codes exist.
        return form_details(NewSiteForm(values), {}) if user_of(request).is_superuser else []


NewSite = form_schema(
    "NewSite",
    NewSiteBody,
    columns={name: TextColumn(name=name, label=name) for name in NewSiteForm.base_fields},
    model=Site,
    form=NewSiteForm({}),
    is_new=True,
)
SiteSchema = response_schema("Site", Site, SITE_COLUMNS)
Sites = make_schema(
    "SiteList",
    ResponseSchema,
    sites=(list[SiteSchema], Field(description=_("The sites."))),  # type: ignore[valid-type]  # made above
)


@router.get(
    "/auth/session",
    response={OK: Session, **errors(BAD_REQUEST)},
    operation_id="session",
    url_name="session",
    summary=_("Who calls"),
)
def retrieve_session(request: HttpRequest) -> HttpResponse:
    """Return the user who calls, and their role on each of their sites."""
    user = user_of(request)
    sites = Site.objects.for_user(user).active().with_role(user).order_by("name", "code")
    return json_response(
        {
            "userId": user.pk,
            "isAuthenticated": True,
            "timestamp": moment_text(timezone.now()),
            "email": user.email,
            "name": str(user),
            "isAdmin": user.is_superuser,
            "sites": [
                {"id": site.pk, "code": site.code, "role": Role(site.role or "").value.upper()}
                for site in sites
            ],
        }
    )


@router.get(
    "/sites",
    response={OK: Sites, **errors(BAD_REQUEST)},
    operation_id="sites_list",
    url_name="sites",
    summary=_("Your active sites, by name"),
)
def list_sites(request: HttpRequest) -> HttpResponse:
    """Return the active sites that the caller has access to."""
    sites = Site.objects.for_user(user_of(request)).active().order_by("name", "code")
    return json_response({"sites": SITES.items(sites)})


class OneSite(ResponseSchema):
    site: SiteSchema = Field(description=_("The site."))  # type: ignore[valid-type]  # made above


SiteWithCounts = response_schema(
    "SiteWithCounts",
    Site,
    [*SITE_COLUMNS, *model_columns(Site, ["is_active"])],
    counts=(
        dict[str, int],
        Field(alias="_count", description=_("Number of records of each module, by the key of its list.")),
    ),
)


class OneSiteWithCounts(ResponseSchema):
    site: SiteWithCounts = Field(description=_("The site."))  # type: ignore[valid-type]  # made above


@router.post(
    "/sites",
    response={CREATED: OneSite, **errors(BAD_REQUEST, CONFLICT, *WRITES)},
    operation_id="sites_create",
    url_name="sites",
    summary=_("Create a site, as an admin"),
    openapi_extra=header_extra(CREATED, {"Location": _("The address of the site."), **ETAG}),
)
def create_site(request: HttpRequest, body: NewSite) -> HttpResponse:  # type: ignore[valid-type]  # made above
    """Create a site."""
    if not require_writer(request).is_superuser:
        raise ApiError(HTTPStatus.FORBIDDEN)
    site = _save(NewSiteForm(body.form_values()))  # type: ignore[attr-defined]  # a FormSchema
    item = _item(site)
    location = f"{request.path}/{item['id']}"
    return record_response("site", item, status=CREATED, location=location)


def _save(form: NewSiteForm) -> Site:
    """Save a new site. Raises ApiError, also where a concurrent request has taken the code."""
    try:
        if form.is_valid():
            with transaction.atomic():
                return form.save()
    except IntegrityError:
        form = NewSiteForm(form.data)
    details = form_details(form, {})
    if all(detail["code"] == UNIQUE for detail in details):
        raise ApiError(CONFLICT, details[0]["message"], code="DUPLICATE_RECORD", details=details)
    raise validation_error(details)


@router.get(
    "/sites/{site_id}",
    response={OK: OneSiteWithCounts, **READ_ERRORS},
    operation_id="sites_retrieve",
    url_name="site",
    summary=_("One site, and the number of its records"),
    openapi_extra=header_extra(OK, ETAG),
)
def retrieve_site(request: HttpRequest, site_id: SitePathId) -> HttpResponse:
    """Return a site."""
    user = user_of(request)
    site = visible_site(user, site_id)
    counts = {list_key(module): _count(module, user, site) for module in modules()}
    return record_response("site", {**_item(site), "_count": counts})


def _item(site: Site) -> Item:
    return ONE_SITE.items(Site.objects.filter(pk=site.pk))[0]


def _count(module: RecordModule[DailyRecord], user: User, site: Site) -> int:
    """Return how many items the module's list has at a site."""
    if module.slug == STOCK_COUNTS.slug:
        return InventorySnapshot.objects.for_user(user).filter(site=site).count()
    records = module.model._default_manager.for_user(user)  # type: ignore[attr-defined]  # RecordQuerySet's
    return int(records.filter(site=site).count())


class SiteQuery(QuerySchema):
    site_id: SiteId


def master_data_router() -> Router:
    """Return a route for each list: those that all sites share, and those of the modules."""
    router = Router(tags=["master data"], by_alias=True)
    _add_list(router, "/materials", Material)
    _add_list(router, "/operations", Operation)
    for module in modules():
        for name, model in module.master_data.items():
            _add_list(router, f"/{module.slug}/{name}", model)
    return router


def _add_list(router: Router, path: str, model: type[MasterData]) -> None:
    name = path.rpartition("/")[2]
    label = model._meta.verbose_name_plural
    columns = model_columns(model)
    projection = projection_of_model(columns)
    row = response_schema(model.__name__, model, columns)
    content = make_schema(
        f"{model.__name__}List",
        ResponseSchema,
        **{name: (list[row], Field(description=str(label)))},  # type: ignore[valid-type]  # made above
    )
    has_site = any(column.name == "site" for column in columns)
    active = model._default_manager.filter(is_active=True).order_by("position", "code")

    def list_master_data(request: HttpRequest) -> HttpResponse:
        return json_response({name: projection.items(active.all())})

    def list_master_data_of_site(request: HttpRequest, query: Query[SiteQuery]) -> HttpResponse:
        site = visible_site(user_of(request), query.site_id)
        return json_response({name: projection.items(active.filter(("site", site)))})

    router.add_api_operation(
        path,
        ["GET"],
        list_master_data_of_site if has_site else list_master_data,
        response={OK: content, **errors(BAD_REQUEST, *([NOT_FOUND] if has_site else []))},
        operation_id=f"{name}_list",
        url_name=name,
        summary=_("List: %(things)s") % {"things": label},
        description=_("The active %(things)s, in the order of lists.") % {"things": label},
    )
