"""People, sites, who may do what where, and the master data that all sites share."""

from sites.models.calendar import Holiday, HolidayQuerySet, working_days
from sites.models.invitation import Invitation, InvitationQuerySet
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
    validate_time_zone,
)
from sites.models.people import (
    Membership,
    Role,
    Site,
    SiteQuerySet,
    Theme,
    User,
    UserManager,
    validate_site_code,
)
from sites.models.weekdays import Weekday, WeekdaysField, WeekdaysFormField

__all__ = [
    "DATED_SETTINGS",
    "Category",
    "EarlierSettings",
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
