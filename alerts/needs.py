"""What needs a user besides the records of their sites: alerts, and files that failed."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alerts.models import Alert
from core.jobs.models import JobStatus
from dashboard.addresses import RecordsLink
from dashboard.today import MAX_NAMED, Need
from exports.models import ExportJob
from imports.models import Upload, UploadStatus
from sites.models import Site, User

# A file that failed longer ago is no news.
FAILED_SINCE = dt.timedelta(days=7)
# So many open alerts are listed one by one.
MOST_ALERTS = 20


def open_alerts(sites: Sequence[Site]) -> Iterator[Need]:
    """Yield the alerts of these sites that have not ended, each with the page where it can be handled."""
    alerts = Alert.objects.open().filter(site__in=[site.pk for site in sites]).select_related("site")
    found = list(alerts[: MOST_ALERTS + 1])
    for alert in found[:MOST_ALERTS]:
        yield Need(alert.sentence, [RecordsLink(alert.site.name, alert.href)], alert.icon)
    if len(found) > MOST_ALERTS:
        yield Need(_("More alerts are open:"), [RecordsLink(_("Alerts"), reverse("alerts:list"))], "bell")


def failed_files(user: User) -> Iterator[Need]:
    """Yield the user's exports and imports that failed lately: exports until they are seen."""
    since = timezone.now() - FAILED_SINCE
    exports = ExportJob.objects.for_user(user).filter(status=JobStatus.FAILED, seen_at=None)
    if failed := exports.filter(requested_at__gte=since).count():
        text = ngettext("%(count)d export failed:", "%(count)d exports failed:", failed)
        yield Need(text % {"count": failed}, [RecordsLink(_("Exports"), reverse("exports:list"))], "exports")
    uploads = Upload.objects.for_user(user).filter(status=UploadStatus.FAILED, uploaded_at__gte=since)
    files = [
        RecordsLink(name, reverse("imports:page", args=[upload_id]))
        for upload_id, name in uploads.order_by("-uploaded_at").values_list("pk", "file_name")[:MAX_NAMED]
    ]
    if files:
        yield Need(ngettext("An import failed:", "Imports failed:", len(files)), files, "imports")
