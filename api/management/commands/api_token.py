import argparse
import datetime as dt

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from api.auth import TOKEN_VALID_FOR, make_token
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
            default=TOKEN_VALID_FOR.days,
            help="days until it expires (default: 90)",
        )
        parser.add_argument("--never-expires", action="store_true", help="create a token that stays valid")

    def handle(self, *args: object, **options: object) -> None:
        del args
        owner = User.objects.filter(email=str(options["email"]).strip().lower(), is_active=True).first()
        if owner is None:
            raise CommandError("No active user has this e-mail address.")
        name = str(options["name"]).strip()
        if not 1 <= len(name) <= 100:
            raise CommandError("A name has 1 to 100 characters.")
        days = options["expires"]
        if not isinstance(days, int) or not 1 <= days <= 36_500:
            raise CommandError("A token expires in 1 to 36,500 days.")
        _token, text = make_token(
            owner=owner,
            name=name,
            is_read_only=bool(options["read_only"]),
            expires_at=None if options["never_expires"] else timezone.now() + dt.timedelta(days=days),
        )
        self.stdout.write(text)
