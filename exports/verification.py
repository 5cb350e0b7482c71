"""Whether a file is one of ours, and unchanged: its fingerprint is looked for among those on record."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from exports.models import ExportAudit
from exports.requests import label_of
from exports.writers.cover import shown_dates, shown_moment, zone_of
from sites.models import Site, User

# An empty list exported twice is the same file twice.
MOST_SHOWN = 10
FINGERPRINT = re.compile(r"^[0-9a-f]{64}\Z")


@dataclass(frozen=True)
class Verdict:
    """What is known of a file, in sentences."""

    sha256: str
    is_ours: bool
    sentences: tuple[str, ...]


def as_fingerprint(text: str) -> str:
    """Return a SHA-256 as it was typed or pasted, in lower case; nothing for what is none."""
    plain = "".join(text.split()).lower()
    return plain if FINGERPRINT.match(plain) else ""


def fingerprint_of(blocks: Iterable[bytes]) -> str:
    """Return the SHA-256 of a file that comes in blocks."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def verdict_on(sha256: str, *, by: User | None = None) -> Verdict:
    """Return what is on record under a fingerprint, as far as the person may know it; all of it for nobody.

    That a file is genuine is for everybody who holds it; who made it and of which sites, for those who see
    them.
    """
    audits = list(ExportAudit.objects.filter(sha256=sha256.lower()).select_related("by")[:MOST_SHOWN])
    if not audits:
        unknown = _("This is not one of our files, or it was changed.")
        return Verdict(sha256, is_ours=False, sentences=(unknown,))
    visible = set(Site.objects.for_user(by).values_list("pk", flat=True)) if by is not None else set()
    told = [audit for audit in audits if by is None or audit.is_visible_to(by, visible)]
    if not told:
        hidden = _(
            "This is a file of this portal, unchanged. Who made it is told to those who see its sites."
        )
        return Verdict(sha256, is_ours=True, sentences=(hidden,))
    return Verdict(sha256, is_ours=True, sentences=tuple(_told(audit) for audit in told))


def _told(audit: ExportAudit) -> str:
    return _("Made on %(moment)s by %(person)s: %(what)s of %(sites)s, %(dates)s, %(rows)s. Unchanged.") % {
        "moment": shown_moment(audit.made_at, _zone_of(audit)),
        "person": audit.by,
        "what": label_of(audit.module),
        "sites": audit.site_codes,
        "dates": shown_dates(audit.first, audit.last),
        "rows": ngettext("%(count)d row", "%(count)d rows", audit.rows) % {"count": audit.rows},
    }


def _zone_of(audit: ExportAudit) -> dt.tzinfo:
    return zone_of(Site.objects.filter(pk__in=audit.site_ids))
