"""What Django checks at the start and with `check --deploy`, in the names of our own variables."""

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from core.pango import missing_pdf_libraries

SECRET_KEY_LENGTH = 50
SECRET_KEY_CHARACTERS = 5


@register(Tags.security, deploy=True)
def check_https(**options: object) -> list[CheckMessage]:
    if settings.HTTPS:
        return []
    return [
        checks.Warning(
            "HTTPS is false: passwords and sessions can be read on their way.",
            hint="Serve the portal over TLS and remove HTTPS=false.",
            id="deskops.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_secret_key(**options: object) -> list[CheckMessage]:
    key = settings.SECRET_KEY
    if len(key) >= SECRET_KEY_LENGTH and len(set(key)) >= SECRET_KEY_CHARACTERS:
        return []
    return [
        checks.Warning(
            f"SECRET_KEY is short or simple: sessions and links can be forged. It needs {SECRET_KEY_LENGTH}"
            " characters.",
            hint='Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(50))"',
            id="deskops.W002",
        )
    ]


@register(Tags.security, deploy=True)
def check_allowed_hosts(**options: object) -> list[CheckMessage]:
    if settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        checks.Warning(
            "ALLOWED_HOSTS names no host, or every host.",
            hint="Set it to the names under which people reach the portal: ALLOWED_HOSTS=portal.example.com",
            id="deskops.W003",
        )
    ]


@register(Tags.security, deploy=True)
def check_debug(**options: object) -> list[CheckMessage]:
    if not settings.DEBUG:
        return []
    return [
        checks.Warning(
            "DEBUG is true: error pages show settings and queries to everybody.",
            hint="Remove DEBUG.",
            id="deskops.W004",
        )
    ]


@register(Tags.security, deploy=True)
def check_email(**options: object) -> list[CheckMessage]:
    if settings.MAILERS["default"]["BACKEND"].endswith("smtp.EmailBackend"):
        return []
    return [
        checks.Warning(
            "EMAIL_URL names no mail server: invitations and password links reach nobody.",
            hint="Set it: EMAIL_URL=smtp+tls://user:password@mail.example.com:587",
            id="deskops.W005",
        )
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
