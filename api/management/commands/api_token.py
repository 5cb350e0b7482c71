import argparse
import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api.auth import make_token
from sites.models import User


class Command(BaseCommand):
    help = "Make an API token for a person and print it, alone, on standard output. It is never shown again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", help="whose token it is: it may do what they may do")
        parser.add_argument("--read-only", action="store_true", help="let it change nothing")
        parser.add_argument("--name", default="Command line", help="what the token is for")
        parser.add_argument(
            "--expires", type=int, metavar="DAYS", help="days until it ends; without, it stays"
        )

    def handle(self, *args: object, **options: object) -> None:
        del args
        owner = User.objects.filter(email=str(options["email"]).strip().lower(), is_active=True).first()
        if owner is None:
            raise CommandError("Nobody with this address may sign in.")
        name = str(options["name"]).strip()
        if not 1 <= len(name) <= 100:
            raise CommandError("A name has 1 to 100 characters.")
        days = options["expires"]
        if isinstance(days, int) and not 1 <= days <= 36_500:
            raise CommandError("A token works for at least 1 day and at most 36,500.")
        _token, text = make_token(
            owner=owner,
            name=name,
            is_read_only=bool(options["read_only"]),
            expires_at=timezone.now() + dt.timedelta(days=days) if isinstance(days, int) else None,
        )
        self.stdout.write(text)
