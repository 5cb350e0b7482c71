"""What every page's shell shows."""

from django.http import HttpRequest

from deskops.shell import Shell


def shell(request: HttpRequest) -> dict[str, object]:
    """Give templates `shell`, which asks the database only where it is looked at."""
    return {"shell": Shell(request)}
