"""People, sites, who may do what where, and the master data that all sites share."""

from sites.models.master_data import (
    Category,
    MasterData,
    MasterDataQuerySet,
    Material,
    Operation,
    Purpose,
    StockEffect,
    UnitOfMeasure,
    validate_code,
)
from sites.models.operating_settings import (
    DATED_SETTINGS,
    EarlierSettings,
    OperatingSettings,
    Weekday,
    WeekdaysField,
    WeekdaysFormField,
    validate_time_zone,
)
from sites.models.people import Invitation, InvitationQuerySet, Membership, Role, Theme, User, UserManager
from sites.models.security import EventKind, SecurityEvent
from sites.models.sites import (
    EntryMode,
    Holiday,
    HolidayQuerySet,
    Site,
    SiteQuerySet,
    validate_site_code,
    working_days,
)

__all__ = [
    "DATED_SETTINGS",
    "Category",
    "EarlierSettings",
    "EntryMode",
    "EventKind",
    "Holiday",
    "HolidayQuerySet",
    "Invitation",
    "InvitationQuerySet",
    "MasterData",
    "MasterDataQuerySet",
    "Material",
    "Membership",
    "OperatingSettings",
    "Operation",
    "Purpose",
    "Role",
    "SecurityEvent",
    "Site",
    "SiteQuerySet",
    "StockEffect",
    "Theme",
    "UnitOfMeasure",
    "User",
    "UserManager",
    "Weekday",
    "WeekdaysField",
    "WeekdaysFormField",
    "validate_code",
    "validate_site_code",
    "validate_time_zone",
    "working_days",
]
