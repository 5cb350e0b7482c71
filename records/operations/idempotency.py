"""Submission keys: the same form sent twice makes one record and gets the first answer."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db.models import BigIntegerField, CharField
from django.utils import timezone

from records.errors import KeyReused
from records.models import Submission
from records.prepared import Asked, Insertion, Question
from sites.models import User

_earlier = Question(
    lambda: Submission.objects.filter(
        user_id=Asked("user", BigIntegerField()), key=Asked("key", CharField())
    ).order_by()
)
_kept = Insertion(Submission)
FORGOTTEN_AT_ONCE = 500
# What comes with a form but says nothing about the record.
NOT_INPUT = frozenset({"csrfmiddlewaretoken", "submission_key", "confirmed", "next"})


@dataclass(frozen=True)
class Answer:
    """What an operation did: which version of which record it left behind, and what was odd about it."""

    record_id: int
    version: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubmissionKey:
    """A person's key, with a fingerprint of what they sent under it. An empty key is never kept."""

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
        """Return what this key was answered before; call it with the site locked.

        Raises KeyReused where the key came with another body.
        """
        if not self.key:
            return None
        earlier = _earlier.first(user=self.by.pk, key=self.key)
        if earlier is None:
            return None
        if earlier.created_at < timezone.now() - dt.timedelta(hours=settings.SUBMISSION_KEEP_HOURS):
            earlier.delete()
            return None
        if earlier.fingerprint != self.fingerprint:
            raise KeyReused
        kept = earlier.answer
        return Answer(kept["record_id"], kept["version"], tuple(kept["warnings"]))

    def keep(self, answer: Answer) -> None:
        """Keep the answer in the transaction of what it answers."""
        if self.key:
            kept = {
                "record_id": answer.record_id,
                "version": answer.version,
                "warnings": list(answer.warnings),
            }
            _kept.write([Submission(user=self.by, key=self.key, fingerprint=self.fingerprint, answer=kept)])


def forget_old_answers() -> None:
    """Delete the answers that have been kept long enough, in parts that nobody waits for."""
    old = Submission.objects.filter(
        created_at__lt=timezone.now() - dt.timedelta(hours=settings.SUBMISSION_KEEP_HOURS)
    )
    while keys := list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]):
        Submission.objects.filter(pk__in=keys).delete()
