"""`manage.py verify_export FILE`: was this file made by this portal, and is it unchanged?"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import override

from django.core.management.base import BaseCommand, CommandError

from exports.files import sha256_of, verdict_on

BLOCK = 1024 * 1024


class Command(BaseCommand):
    help = "Print who made a file, when and of what, if this portal made it and it is unchanged."

    @override
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file, as it was downloaded")

    @override
    def handle(self, *, file: Path, **options: object) -> None:
        try:
            verdict = verdict_on(sha256_of(blocks_of(file)))
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        if not verdict.is_ours:
            raise CommandError(" ".join(verdict.sentences))
        for sentence in verdict.sentences:
            self.stdout.write(sentence)


def blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
