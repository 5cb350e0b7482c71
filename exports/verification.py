"""Whether a file was made by this portal and is unchanged: its SHA-256 is looked up in the audit records."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.datasets.dataset import label_of
from exports.models import ExportAudit
from exports.writers.cover import common_zone, format_dates, format_moment
from sites.models import Site, User

# Two exports of an empty list are equal files.
MAX_SHOWN = 10
SHA256 = re.compile(r"^[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Verdict:
    """What is known about a file, in sentences."""

    sha256: str
    is_ours: bool
    sentences: tuple[str, ...]


def clean_sha256(text: str) -> str:
    """Return a SHA-256 that was typed or pasted, in lower case; empty for anything else."""
    plain = "".join(text.split()).lower()
    return plain if SHA256.match(plain) else ""


def sha256_of(blocks: Iterable[bytes]) -> str:
    """Return the SHA-256 of a file that comes in blocks."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def verdict_on(sha256: str, *, by: User | None = None) -> Verdict:
    """Return what a user may know about a file; everything where there is no user.

    Everybody may know that a file is genuine; only users who see its sites, who made it.
    """
    audits = list(ExportAudit.objects.filter(sha256=sha256.lower()).select_related("by")[:MAX_SHOWN])
    if not audits:
        unknown = _("This file was not made by this portal, or it was changed.")
        return Verdict(sha256, is_ours=False, sentences=(unknown,))
    visible = set(Site.objects.for_user(by).values_list("pk", flat=True)) if by is not None else set()
    readable = [audit for audit in audits if by is None or audit.is_visible_to(by, visible)]
    if not readable:
        hidden = _(
            "This file was made by this portal and is unchanged."
            " Only users who see its sites can read who made it."
        )
        return Verdict(sha256, is_ours=True, sentences=(hidden,))
    return Verdict(sha256, is_ours=True, sentences=tuple(_sentence(audit) for audit in readable))


def _sentence(audit: ExportAudit) -> str:
    zone = common_zone(Site.objects.filter(pk__in=audit.site_ids))
    return _("Made on %(moment)s by %(person)s: %(what)s of %(sites)s, %(dates)s, %(rows)s. Unchanged.") % {
        "moment": format_moment(audit.made_at, zone),
        "person": audit.by,
        "what": label_of(audit.module),
        "sites": audit.site_codes,
        "dates": format_dates(audit.first, audit.last),
        "rows": ngettext("%(count)d row", "%(count)d rows", audit.rows) % {"count": audit.rows},
    }
