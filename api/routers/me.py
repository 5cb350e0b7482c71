"""Who calls, and the sites that they may see."""

from http import HTTPStatus

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from api.auth import reader, writer
from api.errors import CallRefused, Detail, form_details, unacceptable
from api.records.filters import require_no_query
from api.records.input import BodyField, Shaped, Sort, read_fields
from api.records.names import list_key
from api.records.output import Item, ItemColumn, Projection, as_moment, column_of
from api.records.values import visible_site
from api.request_body import read_object
from api.responses import item_answer, json_answer
from inventory.ledger.snapshots import InventorySnapshot
from inventory.module import STOCK_COUNTS
from records.models import DailyRecord
from records.module import RecordModule
from records.registry import modules
from sites.forms import NewSiteForm
from sites.models import Role, Site, User

router = Router(tags=["sites"])

SITE_COLUMNS = [
    column_of(Site, name) for name in ("id", "code", "name", "location", "timezone", "created_at")
]
SITES = Projection(SITE_COLUMNS)
ONE_SITE = Projection([*SITE_COLUMNS, ItemColumn("isActive", "is_active")])
NEW_SITE = [BodyField(name, name, Sort.TEXT) for name in NewSiteForm.base_fields]
NEEDED = ("code", "name")
UNIQUE = "unique"


@router.get("/auth/session", operation_id="session", url_name="session")
def session(request: HttpRequest) -> HttpResponse:
    """Answer who calls, and their role on each of their sites."""
    require_no_query(request)
    user = reader(request)
    sites = Site.objects.for_user(user).active().with_role(user).order_by("name", "code")
    return json_answer(
        {
            "userId": user.pk,
            "isAuthenticated": True,
            "timestamp": as_moment(timezone.now()),
            "email": user.email,
            "name": str(user),
            "isAdmin": user.is_superuser,
            "sites": [
                {"id": site.pk, "code": site.code, "role": Role(site.role or "").value.upper()}
                for site in sites
            ],
        }
    )


@router.get("/sites", operation_id="sites_listed", url_name="sites")
def listed(request: HttpRequest) -> HttpResponse:
    """Answer the active sites that the caller may see, by name."""
    require_no_query(request)
    sites = Site.objects.for_user(reader(request)).active().order_by("name", "code")
    return json_answer({"sites": SITES.items(sites)})


@router.post("/sites", operation_id="sites_created", url_name="sites")
def created(request: HttpRequest) -> HttpResponse:
    """Make a site, as an admin."""
    require_no_query(request)
    shaped = read_fields(read_object(request), NEW_SITE)
    shaped.require([field for field in NEW_SITE if field.key in NEEDED], is_new=True)
    if shaped.refused:
        raise unacceptable(_all_wrong(shaped) if reader(request).is_superuser else shaped.refused)
    if not writer(request).is_superuser:
        raise CallRefused(HTTPStatus.FORBIDDEN)
    item = _one(Site.objects.filter(pk=_made(NewSiteForm(shaped.values)).pk))
    location = f"{request.path}/{item['id']}"
    return item_answer("site", item, status=HTTPStatus.CREATED, location=location)


def _all_wrong(shaped: Shaped) -> list[Detail]:
    """Return what is wrong with the shape, and with the other fields; admins alone may learn of codes."""
    told = {detail["field"] for detail in shaped.refused}
    others = form_details(NewSiteForm(shaped.values), {})
    return shaped.refused + [detail for detail in others if detail["field"] not in told]


def _made(form: NewSiteForm) -> Site:
    """Save a new site. Raises CallRefused, also where another was quicker to take the code."""
    try:
        if form.is_valid():
            with transaction.atomic():
                return form.save()
    except IntegrityError:
        form = NewSiteForm(form.data)
    details = form_details(form, {})
    if all(detail["code"] == UNIQUE for detail in details):
        raise CallRefused(
            HTTPStatus.CONFLICT, details[0]["message"], code="DUPLICATE_RECORD", details=details
        )
    raise unacceptable(details)


@router.get("/sites/{site_id}", operation_id="sites_read", url_name="site")
def read(request: HttpRequest, site_id: str) -> HttpResponse:
    """Answer one site, and how much was recorded there."""
    require_no_query(request)
    site = visible_site(reader(request), site_id)
    item = _one(Site.objects.filter(pk=site.pk))
    item["_count"] = {list_key(module): _recorded(module, reader(request), site) for module in modules()}
    return item_answer("site", item)


def _one(sites: QuerySet[Site]) -> Item:
    return ONE_SITE.items(sites)[0]


def _recorded(module: RecordModule[DailyRecord], user: User, site: Site) -> int:
    """Return how many items the module's list has at a site."""
    if module.slug == STOCK_COUNTS.slug:
        return InventorySnapshot.objects.for_user(user).filter(site=site).count()
    records = module.model._default_manager.for_user(user)  # type: ignore[attr-defined]  # RecordQuerySet's
    return int(records.filter(site=site).count())
