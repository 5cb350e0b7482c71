"""`manage.py doctor`: what is wrong with this portal, and what to do about it."""

from typing import override

from django.core.management.base import BaseCommand

from deskops.doctor import examine


class Command(BaseCommand):
    help = "Check everything that the portal needs. Exits with 1 if something is wrong."
    # It prints them itself, as lines of its own.
    requires_system_checks: list[str] = []  # as Django declares it

    @override
    def handle(self, **options: object) -> None:
        wrong = 0
        for finding in examine():
            wrong += not finding.is_ok
            mark = self.style.SUCCESS("ok   ") if finding.is_ok else self.style.ERROR("WRONG")
            self.stdout.write(f"{mark} {finding.name}: {finding.sentence}")
        if wrong:
            raise SystemExit(1)
