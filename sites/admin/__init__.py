"""The administration of sites and people."""

from sites.admin.base import PortalAdmin
from sites.admin.invitations import InvitationAdmin
from sites.admin.people import PersonAdmin
from sites.admin.places import SiteAdmin

__all__ = [
    "InvitationAdmin",
    "PersonAdmin",
    "PortalAdmin",
    "SiteAdmin",
]
