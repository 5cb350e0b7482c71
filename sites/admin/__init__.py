"""The administration: master data, sites and people."""

from sites.admin.base import PortalAdmin
from sites.admin.invitations import InvitationAdmin
from sites.admin.master_data import MasterDataAdmin, MaterialAdmin, OperationAdmin
from sites.admin.people import PersonAdmin
from sites.admin.places import SiteAdmin

__all__ = [
    "InvitationAdmin",
    "MasterDataAdmin",
    "MaterialAdmin",
    "OperationAdmin",
    "PersonAdmin",
    "PortalAdmin",
    "SiteAdmin",
]
