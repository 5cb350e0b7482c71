"""Pages for the tests of the shell's scripts."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import RequestContext, Template
from django.urls import path
from django.views.decorators.http import condition

from deskops.urls import urlpatterns as pages_of_the_portal

# How often what was asked of the server, and what the card shows.
counts = {"card": 0, "sent": 0, "version": 1}

FORM = """
<form id="entry" class="form" method="post" action="/entry/"
      {% if is_htmx %}hx-post="/entry/" hx-swap="outerHTML"{% endif %}>
  {% csrf_token %}
  {% include "_form_summary.html" %}
  {{ form.tons.as_field_group }}
  {{ form.notes.as_field_group }}
  <button class="btn" type="submit">Save</button>
</form>
"""
PAGE = """
{% extends "base.html" %}
{% block title %}Scripts{% endblock %}
{% block heading %}<h1>Scripts</h1>{% endblock %}
{% block content %}
  <div id="card" data-poll="/card/"><a href="/shortcuts/">Version 1</a></div>
  <table class="table"><tbody>
    <tr><td>One</td><td><a href="#one">Edit</a></td></tr>
    <tr><td>Two</td><td><a href="#two">Edit</a></td></tr>
  </tbody></table>
  <button class="btn" hx-get="/gone/" hx-swap="none">Ask for what is gone</button>
  <button class="btn" hx-get="/message/" hx-swap="none">Say it</button>
  <div class="filter-bar"><label for="q">Words</label><input id="q"></div>
  FORM
{% endblock %}
"""


class Entry(forms.Form):
    tons = forms.DecimalField(widget=forms.TextInput)
    notes = forms.CharField(required=False)


def draw(request: HttpRequest, source: str, form: Entry, *, status: int = 200) -> HttpResponse:
    """Render a template that stands in this file."""
    context = RequestContext(request, {"form": form, "is_htmx": "plain" not in request.GET})
    return HttpResponse(Template(source.replace("FORM", FORM)).render(context), status=status)


def page(request: HttpRequest) -> HttpResponse:
    return draw(request, PAGE, Entry())


def entry(request: HttpRequest) -> HttpResponse:
    counts["sent"] += 1
    form = Entry(request.POST)
    source = FORM if request.headers.get("HX-Request") else PAGE
    return draw(request, source, form, status=200 if form.is_valid() else 422)


def card_etag(request: HttpRequest) -> str:
    counts["card"] += 1
    return f'"{counts["version"]}"'


@condition(etag_func=card_etag)
def card(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        f'<div id="card" data-poll="/card/"><a href="/shortcuts/">Version {counts["version"]}</a></div>'
    )


def message(request: HttpRequest) -> HttpResponse:
    messages.success(request, "It was said.")
    return render(request, "_messages.html")


urlpatterns = [
    path("scripts/", page),
    path("entry/", entry),
    path("card/", card),
    path("message/", message),
    *pages_of_the_portal,
]
