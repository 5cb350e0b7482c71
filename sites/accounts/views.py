"""A person's own pages, and the page that accepts an invitation."""

from allauth.account.utils import perform_login
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import list_usersessions
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from sites.accounts import invitations
from sites.accounts.forms import AccountForm, JoinForm
from sites.accounts.privacy import own_data
from sites.accounts.security import record_event
from sites.accounts.sessions import reset_devices
from sites.accounts.sign_in import has_second_factor, require_proof
from sites.models import EventKind, Invitation, Membership, User


def account(request: HttpRequest) -> HttpResponse:
    """Show a person's own page, and keep what they change of it."""
    person = get_object_or_404(User, pk=request.user.pk)
    form = AccountForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        person.save(update_fields=["name", "theme", "wants_reminders"])
        messages.success(request, _("Saved."))
        return redirect("account")
    context = {
        "form": form,
        "memberships": Membership.objects.filter(user=person).select_related("site"),
        "has_second_factor": has_second_factor(person),
        "passkeys": Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).count(),
        "sessions": len(UserSession.objects.purge_and_list(person)),
    }
    return render(request, "sites/account.html", context, status=422 if form.errors else 200)


def sessions(request: HttpRequest) -> HttpResponse:
    """List where the person is signed in; a POST ends all but this session."""
    if request.method == "POST":
        require_proof(request)
    response: HttpResponse = list_usersessions(request)
    return response


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out another browser of the same person."""
    others = UserSession.objects.filter(user_id=request.user.pk).exclude(
        session_key=request.session.session_key
    )
    other = get_object_or_404(others, pk=pk)
    require_proof(request)
    get_adapter().end_sessions([other])
    messages.success(request, _("That session has ended."))
    return redirect("usersessions_list")


@require_POST
def reset_own_devices(request: HttpRequest) -> HttpResponse:
    """Remove what the person's browsers keep for them: each does it when they open a page there."""
    person = get_object_or_404(User, pk=request.user.pk)
    require_proof(request)
    reset_devices(person, by=person)
    return redirect("usersessions_list")


@require_POST
def export_own_data(request: HttpRequest) -> HttpResponse:
    """Return what the portal has about the person, after a password or factor that was given just before."""
    person = get_object_or_404(User, pk=request.user.pk)
    require_proof(request)
    headers = {"Content-Disposition": 'attachment; filename="deskops-my-data.json"'}
    return HttpResponse(own_data(person), content_type="application/json", headers=headers)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Let an invited person say who they are, and bring them in."""
    offer = invitations.find(token)
    if offer is None:
        return render(request, "sites/invitation_over.html", status=404)
    if request.user.is_authenticated and request.user != User.objects.filter(email=offer.email).first():
        record_event(
            EventKind.IMPERSONATION,
            person=get_object_or_404(User, pk=request.user.pk),
            detail=_("opened the invitation of somebody else"),
            is_limited=True,
        )
        return render(request, "sites/invitation_of_another.html", {"invitation": offer}, status=403)
    is_known = User.objects.filter(email=offer.email).exists()
    form = JoinForm(request.POST or None, email=offer.email)
    if request.method == "POST" and (is_known or form.is_valid()):
        return _join(request, token, form, is_known=is_known)
    context = {"invitation": offer, "form": form, "is_known": is_known}
    return render(request, "sites/invitation.html", context, status=422 if form.errors else 200)


def _join(request: HttpRequest, token: str, form: JoinForm, *, is_known: bool) -> HttpResponse:
    try:
        if is_known:
            person = invitations.accept(token=token)
        else:
            person = invitations.accept(
                token=token, name=form.cleaned_data["name"], password=form.cleaned_data["password"]
            )
    except Invitation.DoesNotExist:
        return render(request, "sites/invitation_over.html", status=404)
    if is_known:
        messages.success(request, _("The role is yours."))
        return redirect("home")
    response: HttpResponse = perform_login(request, person)
    return response
