"""Signing in."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from ..choices import Source
from ..models import Act
from ..rights import Right


class SignIn(LoginView):
    """Leads on to where the person was going; who has no ledgers to read, to their own work."""

    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        user: Any = self.request.user
        target = super().get_success_url()
        if target == reverse("login"):
            target = reverse("overview")
        if target == reverse("overview") and not user.may(Right.READ):
            return reverse("admin:index" if user.works_in_admin else "access")
        return target


class ChangePassword(PasswordChangeView):
    """One's own password, whatever the role; recorded in one's own name."""

    template_name = "registration/password.html"

    def form_valid(self, form: Any) -> HttpResponse:
        user: Any = form.user
        user.set_password(form.cleaned_data["new_password1"])
        user.save(act=Act(by=user, source=Source.WEB))
        update_session_auth_hash(self.request, user)
        messages.success(self.request, "密码已修改，下次登录请用新密码。")
        return redirect("login")
