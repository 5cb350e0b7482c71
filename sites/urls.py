"""A person's own pages; the rest of the sign-in lies under /accounts/."""

from django.urls import path

from sites import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("accounts/invitation/<str:token>/", views.invitation, name="invitation"),
]
