"""What makes a password too weak: one that is known from breaches, or nearly, or easily guessed."""

from collections.abc import Iterable
from math import prod

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE, relevant_l33t_subtable

# Of 0 to 4: less can be guessed within 10^8 tries, as "Password1234!" and "aaaaaaaaaaaa" can.
LEAST_SCORE = 3
# Of a longer password only the beginning is checked: the time grows with the length.
CHECKED_LENGTH = 40
# zxcvbn tries each combination of the letters that signs may stand for. A password that mixes so many
# different signs is no word in disguise, and would take seconds.
MOST_COMBINATIONS = 16


def is_guessable(password: str, own: Iterable[str]) -> bool:
    """Return whether a password can be guessed within 10^8 tries, given what is known of its owner."""
    checked = password[:CHECKED_LENGTH]
    signs = relevant_l33t_subtable(checked, L33T_TABLE)
    if prod(len(choices) for choices in signs.values()) > MOST_COMBINATIONS:
        return False
    return int(zxcvbn(checked, user_inputs=["deskops", *own])["score"]) < LEAST_SCORE


class GuessablePasswordValidator:
    """Reject passwords that zxcvbn finds in its list of breached ones, also with digits or signs added."""

    def validate(self, password: str, user: object = None) -> None:
        own = [str(getattr(user, name, "")) for name in ("email", "name")]
        if is_guessable(password, filter(None, own)):
            raise ValidationError(
                _("This password is easy to guess. Use several words that do not belong together."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("It must not be one that others use or that is easy to guess, such as “Password1234!”.")
