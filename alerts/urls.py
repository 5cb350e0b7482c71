from django.urls import path

from alerts import email_views, views, webhook_views

app_name = "alerts"

urlpatterns = [
    path("", views.alerts, name="list"),
    path("read/", views.read_all, name="read_all"),
    path("<int:pk>/read/", views.read, name="read"),
    path("rules/", views.rules, name="rules"),
    path("rules/history/", views.history, name="history"),
    path("rules/new/<slug:kind>/", views.new_rule, name="new_rule"),
    path("rules/<int:pk>/", views.edit_rule, name="edit_rule"),
    path("rules/<int:pk>/delete/", views.delete_rule, name="delete_rule"),
    path("webhooks/", webhook_views.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhook_views.webhook, name="webhook"),
    path("webhooks/<int:pk>/change/", webhook_views.change, name="change_webhook"),
    path("webhooks/<int:pk>/test/", webhook_views.test, name="test_webhook"),
    path("webhooks/deliveries/<int:pk>/again/", webhook_views.send_again, name="send_again"),
    path("emails/", email_views.emails, name="emails"),
    path("emails/add/", email_views.add_email, name="add_email"),
    path("emails/<int:pk>/remove/", email_views.remove_email, name="remove_email"),
    path("emails/unsubscribe/<str:token>/", email_views.unsubscribe, name="unsubscribe"),
]
