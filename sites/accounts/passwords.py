"""What makes a password too weak: one that is known from breaches, or nearly, or easily guessed."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from zxcvbn import zxcvbn

# Of 0 to 4: less can be guessed within 10^8 tries, as "Password1234!" and "aaaaaaaaaaaa" can.
LEAST_SCORE = 3
# What is longer is judged by its beginning: the time grows with the length.
JUDGED_LENGTH = 72


class GuessablePasswordValidator:
    """Reject passwords that zxcvbn finds in its list of breached ones, also with digits or signs added."""

    def validate(self, password: str, user: object = None) -> None:
        own = [str(getattr(user, name, "")) for name in ("email", "name")]
        result = zxcvbn(password[:JUDGED_LENGTH], user_inputs=["deskops", *filter(None, own)])
        if result["score"] < LEAST_SCORE:
            raise ValidationError(
                _("This password is easy to guess. Use several words that do not belong together."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("It must not be one that others use or that is easy to guess, such as “Password1234!”.")
