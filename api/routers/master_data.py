"""Master data: the active rows of each list, in its order."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.auth import reader
from api.records.filters import QueryReader
from api.records.input import SITE_KEY
from api.records.output import Projection, projection_of_model
from api.records.values import visible_site
from api.responses import json_answer
from records.registry import modules
from sites.models import MasterData, Material, Operation

SHARED: dict[str, type[MasterData]] = {"materials": Material, "operations": Operation}


def is_of_a_site(model: type[MasterData]) -> bool:
    """Say whether each site has rows of its own."""
    return any(column.name == "site" for column in model._meta.concrete_fields)


def every_list() -> dict[str, type[MasterData]]:
    """Return the lists by path: those that all sites share, and those of the modules."""
    own = {
        f"{module.slug}/{name}": model for module in modules() for name, model in module.master_data.items()
    }
    return SHARED | own


def list_routes() -> Router:
    """Return a route to each list."""
    router = Router(tags=["master data"])
    for path, model in every_list().items():
        name = path.rpartition("/")[2]
        router.add_api_operation(
            f"/{path}", ["GET"], _listed(model, name), operation_id=f"{name}_listed", url_name=name
        )
    return router


def _listed(model: type[MasterData], name: str) -> Callable[[HttpRequest], HttpResponse]:
    projection: Projection = projection_of_model(model)
    site_wanted = is_of_a_site(model)

    def listed(request: HttpRequest) -> HttpResponse:
        query = QueryReader(request, *([SITE_KEY] if site_wanted else []))
        site_id = query.required(SITE_KEY) if site_wanted else ""
        query.require_all_read()
        rows = model._default_manager.filter(is_active=True).order_by("position", "code")
        if site_wanted:
            rows = rows.filter(("site", visible_site(reader(request), site_id)))
        return json_answer({name: projection.items(rows)})

    return listed
