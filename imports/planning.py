"""From what a person said about a file to the plan by which it is read."""

from pathlib import Path

from imports.answers import Answers
from imports.missing import Creatable, Created
from imports.models import WHOLE_LINE, Upload
from imports.plan import Mended, Plan
from imports.tables import Reading
from records import registry
from sites.models import Material, Site


def plan_of(upload: Upload, path: Path) -> Plan:
    """Return how a file that lies at a path is to be imported. Raises ImportRefused."""
    answers = Answers.kept(upload.answers)
    creating = answers.creatable
    mends = list(upload.mends.values_list("line", "place", "text"))
    return Plan(
        module=registry.module(upload.module),
        path=path,
        name=upload.file_name,
        layout=answers.layout(upload.changes),
        by=upload.owner,
        reading=Reading(
            delimiter=upload.delimiter or None,
            encoding=upload.encoding or "utf-8-sig",
            sheet=upload.sheet or None,
            headings_line=upload.headings_line,
        ),
        mended=Mended(
            cells={(line, place): text for line, place, text in mends if place != WHOLE_LINE},
            left_out=frozenset(line for line, place, _text in mends if place == WHOLE_LINE),
        ),
        creating=creating,
        site_fields={"timezone": answers.timezone}
        if Creatable.SITES in creating and answers.timezone
        else {},
        material_fields={"category": answers.category}
        if Creatable.MATERIALS in creating and answers.category
        else {},
        skip_bad=upload.skips_bad,
    )


def created_of(upload: Upload) -> Created:
    """Return the sites and materials that were created for a file."""
    return Created(
        sites={site.pk: site for site in Site.objects.filter(pk__in=upload.created.get("sites", []))},
        materials={
            material.pk: material
            for material in Material.objects.filter(pk__in=upload.created.get("materials", []))
        },
    )
