"""What only a manager of a site may change there: its calendar, its targets, its thresholds."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from sites.models import Role, Site, User


def manages(site: Site) -> bool:
    """Return whether the role annotated on a site lets its person change how the site is run."""
    return bool(site.role) and Role(site.role or "").covers(Role.MANAGER) and site.is_active


def require_manager(site: Site) -> None:
    """Raise PermissionDenied below manager, or where the site is no longer active."""
    if not Role(site.role or "").covers(Role.MANAGER):
        raise PermissionDenied(
            _("Your role on this site does not allow this. It takes the role of %(role)s.")
            % {"role": Role.MANAGER.label}
        )
    if not site.is_active:
        raise PermissionDenied(_("This site is no longer active and takes no changes."))


def lock_as_manager(site_id: int, *, by: User) -> Site:
    """Lock a site for the transaction that changes how it is run, and return it with the person's role.

    Raises Site.DoesNotExist for a site that is not the person's, PermissionDenied as `require_manager` does.
    """
    visible = Site.objects.for_user(by).with_role(by).order_by()
    site = visible.select_for_update(of=("self",), no_key=True).get(pk=site_id)
    require_manager(site)
    return site
