import argparse
import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api.auth import make_token
from sites.models import User


class Command(BaseCommand):
    help = "Create an API token and print nothing else. The token is not stored and cannot be shown again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", help="the owner, whose permissions the token has")
        parser.add_argument("--read-only", action="store_true", help="create a read-only token")
        parser.add_argument("--name", default="Command line", help="the name of the token")
        parser.add_argument(
            "--expires",
            type=int,
            metavar="DAYS",
            help="days until it expires (default: never)",
        )

    def handle(self, *args: object, **options: object) -> None:
        del args
        owner = User.objects.filter(email=str(options["email"]).strip().lower(), is_active=True).first()
        if owner is None:
            raise CommandError("No active user has this e-mail address.")
        name = str(options["name"]).strip()
        if not 1 <= len(name) <= 100:
            raise CommandError("A name has 1 to 100 characters.")
        days = options["expires"]
        if isinstance(days, int) and not 1 <= days <= 36_500:
            raise CommandError("A token expires in 1 to 36,500 days.")
        _token, text = make_token(
            owner=owner,
            name=name,
            is_read_only=bool(options["read_only"]),
            expires_at=timezone.now() + dt.timedelta(days=days) if isinstance(days, int) else None,
        )
        self.stdout.write(text)
