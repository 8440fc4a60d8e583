"""The people who work at the chosen site: invited, given other roles, taken away again."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth import logout
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import once
from customers.admin.base import Act, Link, TenantAdmin
from customers.admin.forms import DashboardForm
from customers.admin.lists import NewestFirst
from customers.kit import clock
from customers.models import Membership, Role
from customers.services import operators, powers, second_factors, sites
from customers.services.powers import Power

_MAX_DIGITS = 18  # of a number that the database can look for


class InvitationForm(DashboardForm):
    """Who is to work here, and as what.

    Args:
        role: of the operator who invites.
    """

    email = forms.EmailField(label=gettext_lazy("Email address"), max_length=254)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=150, required=False)
    role = forms.ChoiceField(label=gettext_lazy("Role"), widget=forms.RadioSelect)

    def __init__(self, role: str, **options: Any) -> None:
        super().__init__(**options)
        _offer(self.fields["role"], role)


class RoleForm(DashboardForm):
    """What a member may do.

    Args:
        row: the member.
        role: of the operator who changes it.
    """

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("A change signs the member out everywhere."),
    )

    def __init__(self, row: Membership, role: str, **options: Any) -> None:
        super().__init__(**options)
        _offer(self.fields["role"], role)


class PolicyForm(DashboardForm):
    """What the site asks of those who sign in."""

    requires_second_factor = forms.BooleanField(
        label=gettext_lazy("Everybody needs a second factor"), required=False
    )


class ReasonForm(DashboardForm):
    """Why somebody else's account is touched; the audit log keeps it."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class MemberList(NewestFirst):
    """The list of members, whose keys are numbers, so that one page's address may hold what is none."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except ValueError as error:
            raise IncorrectLookupParameters from error


class MembershipAdmin(TenantAdmin[Membership]):
    model = Membership
    menu_title = gettext_lazy("Operators")
    to_view = Power.VIEW_SETTINGS
    to_add = to_change = to_delete = Power.MANAGE_MEMBERS
    form_class = RoleForm
    add_form_class = InvitationForm
    page_template = "admin/secret.html"
    list_class = MemberList
    list_display = ("named", "email", "role", "last_login", "created_at")
    search_fields = ("operator__email", "operator__name")

    @admin.display(description=gettext_lazy("Name"))
    def named(self, member: Membership) -> str:
        return member.operator.get_full_name()

    @admin.display(description=gettext_lazy("Email address"))
    def email(self, member: Membership) -> str:
        return member.operator.email

    @admin.display(description=gettext_lazy("Last sign-in"))
    def last_login(self, member: Membership) -> Any:
        return member.operator.last_login

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        site = self.choice(request).site
        members = Membership.objects.filter(site=site) if site else Membership.objects.none()
        return members.select_related("operator", "site")

    def found(self, request: HttpRequest, object_id: str) -> Membership:
        if not (object_id.isascii() and object_id.isdecimal() and len(object_id) <= _MAX_DIGITS):
            raise Http404
        return super().found(request, object_id)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_grant(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_grant(request, obj)

    def _may_grant(self, request: HttpRequest, member: Membership | None) -> bool:
        return member is None or member.role in operators.grantable_by(self.choice(request).role)

    def add_title(self) -> str:
        return _("Invite an operator")

    def make_form(
        self, request: HttpRequest, form_class: type[DashboardForm], *args: Any, **kwargs: Any
    ) -> Any:
        """Return a form that offers the roles which the operator may give."""
        if form_class in {InvitationForm, RoleForm}:
            args = (*args, self.choice(request).role)
        return super().make_form(request, form_class, *args, **kwargs)

    def facts(self, request: HttpRequest, row: Membership) -> Sequence[tuple[Any, Any]]:
        return (
            (_("Name"), row.operator.name),
            (_("Email address"), row.operator.email),
            (_("Role"), row.get_role_display()),
            (_("Member since"), row.created_at),
            (_("Last sign-in"), row.operator.last_login or _("Never")),
            (_("Second factor"), _("Set up") if second_factors.of(row.operator) else _("None")),
        )

    def page_context(self, request: HttpRequest, row: Membership) -> dict[str, Any]:
        return {
            "title": row.operator.get_full_name(),
            "secret": once.take(request, row),
            "secret_title": _("Hand over the first password"),
            "secret_text": _(
                "It is shown this once, and can be changed after signing in. Tell it to nobody else."
            ),
        }

    def links(self, request: HttpRequest, row: Membership) -> list[Link]:
        links = []
        if self.has_change_permission(request, row):
            links.append(Link(_("Change role"), self.url("change", row.pk)))
            if second_factors.of(row.operator) is not None:
                links.append(Link(_("Reset second factor"), self.url("reset_factor", row.pk)))
        if self.has_delete_permission(request, row):
            links.append(Link(_("Remove"), self.url("delete", row.pk), "danger"))
        return links

    def more_urls(self) -> list[URLPattern]:
        return [
            self.route("policy/", self.policy_view, "policy"),
            self.route("<str:object_id>/second-factor/", self.reset_view, "reset_factor"),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the members, and the way to what is asked of them."""
        may = self.allows(request, Power.MANAGE_SECURITY)
        links = [Link(_("How people sign in"), self.url("policy"))] if may else []
        return super().changelist_view(request, {"links": links, **(extra_context or {})})

    def policy_view(self, request: HttpRequest) -> HttpResponse:
        """Ask what the site asks of those who sign in, or set it."""
        self.require(self.allows(request, Power.MANAGE_SECURITY))
        site = self.choice(request).site
        assert site is not None  # noqa: S101 -- who has the power has it at a site
        words = Act(
            title=_("How people sign in"),
            text=_(
                "With a second factor, a stolen password alone opens nothing. Members who have none set one up before "
                "anything else, when they come next."
            ),
            button=_("Save"),
            done=_("Saved."),
            back=self.url("changelist"),
        )
        initial = {"requires_second_factor": site.requires_second_factor}
        return self.run_form(
            request,
            self.make_form(request, PolicyForm, initial=initial),
            lambda form: sites.update(site, details=form.cleaned_data),
            words,
            row=site,
        )

    def reset_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask whether to take a member's second factor away, or do it."""
        row = self.found(request, object_id)
        self.require(self.has_change_permission(request, row))
        name = row.operator.get_full_name()
        words = Act(
            title=_("Reset the second factor of %(name)s?") % {"name": name},
            text=_(
                "For who has lost phone and recovery codes. %(name)s is signed out everywhere, gets an email about it, "
                "and signs in with the password alone. Make sure that it is really %(name)s who asks."
            )
            % {"name": name},
            button=_("Reset"),
            done=_("The second factor was reset."),
            back=self.page_url(row),
            style="danger",
        )
        by = self.choice(request).role
        return self.run_form(
            request,
            self.make_form(request, ReasonForm),
            lambda _form: second_factors.reset(row, by=by, at=clock.now()),
            words,
            row=row,
        )

    def create(self, request: HttpRequest, form: DashboardForm) -> Membership:
        choice = self.choice(request)
        assert choice.site is not None  # noqa: S101 -- who may add has a role at it
        operator, password = operators.invite(
            **form.changes(), site=choice.site, by=choice.role, at=clock.now()
        )
        member = Membership.objects.get(operator=operator, site=choice.site)
        if password:
            once.keep(request, member, password)
        return member

    def update(self, request: HttpRequest, row: Membership, form: DashboardForm) -> Membership:
        by = self.choice(request).role
        changed = operators.set_role(row, form.cleaned_data["role"], by=by, at=clock.now())
        if changed.role != row.role:
            _leave_if_own(request, row)
        return changed

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Ask whether to remove a member, or remove the member."""
        row = self.found(request, object_id)
        self.require(self.has_delete_permission(request, row))
        name = row.operator.get_full_name()
        words = Act(
            title=_("Remove %(name)s?") % {"name": name},
            text=_("%(name)s is signed out at once, and sees nothing of %(site)s any more.")
            % {"name": name, "site": row.site},
            button=_("Remove"),
            done=_("%(name)s was removed.") % {"name": name},
            back=self.page_url(row),
            then=lambda _gone: self.url("changelist"),
            style="danger",
        )
        form = self.make_form(request, DashboardForm)
        return self.run_form(
            request, form, lambda _form: self.destroy(request, row), words, row=row
        )

    def destroy(self, request: HttpRequest, row: Membership) -> Membership:
        gone = operators.remove(row, by=self.choice(request).role, at=clock.now())
        _leave_if_own(request, row)
        return gone


def _offer(field: forms.Field, role: str) -> None:
    """Let a field offer the roles that a member with this role may give."""
    assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- it is one in each of the forms
    grantable = operators.grantable_by(role)
    field.choices = [
        (role, f"{name}: {powers.EXPLAINED[role]}")
        for role, name in Role.choices
        if role in grantable
    ]


def _leave_if_own(request: HttpRequest, member: Membership) -> None:
    """End the request's own session, where it is the member's: the service has deleted its row."""
    if request.user.pk == member.operator_id:
        logout(request)
