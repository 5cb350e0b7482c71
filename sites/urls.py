"""A person's own pages, and the calendar of a site; the rest of the sign-in lies under /accounts/."""

from django.urls import path

from sites.accounts import views
from sites.calendar import views as calendar_views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("accounts/sessions/", views.sessions, name="usersessions_list"),
    path("account/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("account/data/", views.export_own_data, name="export_own_data"),
    path("account/devices/reset/", views.reset_own_devices, name="reset_devices"),
    path("accounts/invitation/<str:token>/", views.invitation, name="invitation"),
    path("calendar/", calendar_views.page, name="calendar"),
    path("calendar/change/", calendar_views.change, name="change_calendar"),
    path("calendar/settings/remove/", calendar_views.remove_settings, name="remove_settings"),
    path("calendar/tolerance/", calendar_views.change_tolerance, name="change_tolerance"),
    path("calendar/history/", calendar_views.history, name="calendar_history"),
    path("calendar/holidays/add/", calendar_views.add_holidays, name="add_holidays"),
    path("calendar/holidays/remove/", calendar_views.remove_holidays, name="remove_holidays"),
]
