from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignupDetails(forms.Form):
    """What signing up asks beside e-mail and password."""

    full_name = forms.CharField(
        label=_("First and last name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the person exists."""
        user.full_name = self.cleaned_data["full_name"]
        user.language = request.LANGUAGE_CODE[:2]
        user.save(update_fields=["full_name", "language"])
