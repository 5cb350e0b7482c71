"""Master data: the active rows of each list, in its order."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from api.auth import user_of, visible_site
from api.records.fields import model_columns, response_schema
from api.records.output import projection_of_model
from api.responses import json_response
from api.schemas import BAD_REQUEST, NOT_FOUND, OK, QuerySchema, ResponseSchema, SiteId, errors, make_schema
from records.registry import modules
from sites.models import MasterData, Material, Operation


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
