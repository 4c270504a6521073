"""Every component on one page, with the best and the worst data, for those who build pages."""

import datetime
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Nom", help_text="Tel qu'il figure sur l'extrait Kbis.")
    units = forms.IntegerField(label="Quantité (unités)")
    kind = forms.ChoiceField(label="Type", choices=[("a", "Hôpital"), ("b", "EHPAD")])
    reason = forms.ChoiceField(
        label="Motif", choices=[("a", "Complet"), ("b", "Illisible")], widget=forms.RadioSelect
    )
    places = forms.MultipleChoiceField(
        label="Départements",
        choices=[("75", "Paris (75)"), ("2A", "Corse-du-Sud (2A)")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    note = forms.CharField(label="Explication", widget=forms.Textarea, required=False)
    proof = forms.FileField(label="Fichier", required=False)
    sure = forms.BooleanField(label="Je certifie que c'est exact")


def _event(verb: str) -> SimpleNamespace:
    return SimpleNamespace(verb=verb, at=timezone.now(), actor="Camille Martin", payload={})


def _line(**units: int) -> SimpleNamespace:
    return SimpleNamespace(**{f"{name}_units": count for name, count in units.items()})


@login_not_required
def gallery(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(
        request,
        "stopcovid/gallery.html",
        {
            "form": SampleForm(),
            "wrong_form": SampleForm(
                {"wrong-units": "douze", "wrong-name": "Gel & Cie"}, prefix="wrong"
            ),
            "page": Paginator(range(1_000), 24).page(2),
            "today": timezone.localdate(),
            "soon": timezone.localdate() + datetime.timedelta(days=3),
            "now": timezone.now(),
            "steps": [
                {"label": "Passée", "state": "done", "note": "jeudi 2 avril"},
                {"label": "Partagée", "state": "current"},
                {"label": "Expédiée", "state": "todo"},
                {"label": "Reçue", "state": "todo"},
            ],
            "events": [_event("orders.submitted"), _event("orders.unknown_verb")],
            "lines": [
                _line(requested=4000, allocated=1250, accepted=1250, shipped=1000, received=400),
                _line(requested=10**9, allocated=0, accepted=0, shipped=0, received=0),
            ],
        },
    )
