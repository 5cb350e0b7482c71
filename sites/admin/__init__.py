"""The administration of sites and people."""

from sites.admin.base import PortalAdmin
from sites.admin.people import InvitationAdmin, PersonAdmin
from sites.admin.sites import SiteAdmin

__all__ = [
    "InvitationAdmin",
    "PersonAdmin",
    "PortalAdmin",
    "SiteAdmin",
]
