"""What Django checks at the start and with `check --deploy`, in the names of our own variables."""

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from core.pango import missing_pdf_libraries

SECRET_KEY_LENGTH = 50
SECRET_KEY_CHARACTERS = 5


@register(Tags.security, deploy=True)
def check_settings(**options: object) -> list[CheckMessage]:
    """Return a warning for each setting that opens the portal, or keeps its e-mails from arriving."""
    key = settings.SECRET_KEY
    findings = (
        (
            not settings.HTTPS,
            "HTTPS is false: passwords and sessions can be read on their way.",
            "Serve the portal over TLS and remove HTTPS=false.",
        ),
        (
            len(key) < SECRET_KEY_LENGTH or len(set(key)) < SECRET_KEY_CHARACTERS,
            f"SECRET_KEY is not {SECRET_KEY_LENGTH} random characters: sessions and links can be forged.",
            'Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(50))"',
        ),
        (
            not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS,
            "ALLOWED_HOSTS names no host, or every host.",
            "Set it to the names under which people reach the portal: ALLOWED_HOSTS=portal.example.com",
        ),
        (
            settings.DEBUG,
            "DEBUG is true: error pages show settings and queries to everybody.",
            "Remove DEBUG.",
        ),
        (
            not settings.MAILERS["default"]["BACKEND"].endswith("smtp.EmailBackend"),
            "EMAIL_URL names no mail server: invitations and password links reach nobody.",
            "Set it: EMAIL_URL=smtp+tls://user:password@mail.example.com:587",
        ),
    )
    return [
        checks.Warning(sentence, hint=hint, id=f"deskops.W00{number}")
        for number, (is_wrong, sentence, hint) in enumerate(findings, 1)
        if is_wrong
    ]


@register()
def check_pdf_libraries(**options: object) -> list[CheckMessage]:
    if not (missing := missing_pdf_libraries()):
        return []
    return [
        checks.Warning(
            f"PDF files cannot be made on this machine: {', '.join(missing)} not found.",
            hint="On Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0. All else works.",
            id="deskops.W006",
        )
    ]
