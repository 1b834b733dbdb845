"""Signing in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.views import LoginView
from django.urls import reverse

from ..rights import Right


class SignIn(LoginView):
    """Leads on to where the person was going; who has no ledgers to read begins in the admin."""

    redirect_authenticated_user = True

    def get_success_url(self) -> str:
        user: Any = self.request.user
        target = super().get_success_url()
        if target == reverse("overview") and not user.may(Right.READ):
            return reverse("admin:index")
        return target
