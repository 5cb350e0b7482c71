"""The pages of the exports as a browser gets them."""

from django.test import Client

from exports.models import ExportJob
from sites.models import User
from tests.exports.jobs_case import JobsCase, runner

FORM = {
    "sent": "1",
    "module": "received",
    "site": "YARD-NORTH",
    "granularity": "daily",
    "format": "csv",
    "from": "2026-03-02",
    "to": "2026-03-08",
}


class PagesCase(JobsCase):
    def as_(self, person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def made(self, *, by: User | None = None, **wanted: object) -> ExportJob:
        """Return a completed job."""
        job = self.request(by=by, **wanted)
        runner.run(job.pk)
        job.refresh_from_db()
        return job
