"""Submission keys: the same form sent twice creates one record and returns the first answer."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import BigIntegerField, CharField
from django.utils import timezone

from core.db.inserts import insert_rows
from core.db.prepared import Parameter, PreparedQuery
from records.errors import KeyReused
from records.models import Submission
from sites.models import User

_earlier = PreparedQuery(
    lambda: Submission.objects.filter(
        user_id=Parameter("user", BigIntegerField()), key=Parameter("key", CharField())
    ).order_by()
)
DELETED_AT_ONCE = 500
# Fields of a request that are no input of the record.
NOT_INPUT = frozenset({"csrfmiddlewaretoken", "submission_key", "confirmed", "next"})


@dataclass(frozen=True)
class Answer:
    """The result of an operation: the record, its version and the warnings about it."""

    record_id: int
    version: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubmissionKey:
    """A user's key, with a fingerprint of what they sent with it. An empty key is never stored."""

    by: User
    key: str
    fingerprint: str

    @classmethod
    def of(
        cls, *, by: User, key: str, act: str, module: str, target: int, values: Mapping[str, object]
    ) -> "SubmissionKey":
        sent = sorted((name, str(value)) for name, value in values.items() if name not in NOT_INPUT)
        text = json.dumps([act, module, target, sent])
        return cls(by=by, key=key, fingerprint=hashlib.sha256(text.encode()).hexdigest())

    def first_answer(self) -> Answer | None:
        """Return the earlier answer to this key; the site must be locked.

        Raises KeyReused where the key was sent with another body.
        """
        if not self.key:
            return None
        earlier = _earlier.first(user=self.by.pk, key=self.key)
        if earlier is None:
            return None
        if earlier.created_at < timezone.now() - dt.timedelta(days=settings.SUBMISSION_KEEP_DAYS):
            earlier.delete()
            return None
        if earlier.fingerprint != self.fingerprint:
            raise KeyReused
        kept = earlier.answer
        return Answer(kept["record_id"], kept["version"], tuple(kept["warnings"]))

    def keep(self, answer: Answer) -> None:
        """Store the answer in the transaction of the operation."""
        if self.key:
            kept = {
                "record_id": answer.record_id,
                "version": answer.version,
                "warnings": list(answer.warnings),
            }
            insert_rows(
                Submission,
                [Submission(user=self.by, key=self.key, fingerprint=self.fingerprint, answer=kept)],
            )


def forget_old_answers() -> None:
    """Delete expired answers in small parts, so that nobody waits for them."""
    old = Submission.objects.filter(
        created_at__lt=timezone.now() - dt.timedelta(days=settings.SUBMISSION_KEEP_DAYS)
    )
    while keys := list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        Submission.objects.filter(pk__in=keys).delete()
