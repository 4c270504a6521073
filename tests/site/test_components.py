"""Numbers, moments and form controls as readers of each language see them."""

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, RequestContext, Template
from django.utils import timezone, translation

from stopcovid.templatetags import components


def shown(text, language="fr", **values):
    with translation.override(language):
        return Template(text).render(Context(values))


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("{{ 1250|units }}", "1\u202f250 unités", "1,250 units"),
        ("{{ 1|units }}", "1 unité", "1 unit"),
        ("{{ 0|units }}", "0 unité", "0 units"),
        ("{{ 1000000000|number }}", "1\u202f000\u202f000\u202f000", "1,000,000,000"),
        ("{{ nothing|number }}", "", ""),
        ("{{ 3.45|eur }}", "3,45\u00a0€", "€3.45"),
        ("{{ 1234.5|eur }}", "1\u202f234,50\u00a0€", "€1,234.50"),
        ("{{ price|eur4 }}", "0,0873\u00a0€", "€0.0873"),
        ("{{ round|eur4 }}", "3,45\u00a0€", "€3.45"),
        ("{{ 12.4|pct }}", "12,4\u00a0%", "12.4%"),
        ("{{ full|pct }}", "31\u00a0%", "31%"),
    ],
)
def test_numbers_carry_their_unit(text, french, english):
    values = {
        "price": Decimal("0.0873"),
        "round": Decimal("3.4500"),
        "full": Decimal("31.00"),
        "nothing": None,
    }
    assert shown(text, "fr", **values) == french
    assert shown(text, "en", **values) == english


@pytest.mark.parametrize("name", ["units", "eur", "eur4", "pct", "day", "due", "moment"])
def test_filters_show_nothing_for_nothing(name):
    assert shown(f"{{{{ value|{name} }}}}", value=None) == ""


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(31, 50, "62.0"), (0, 0, "0"), (999_999, 1_000_000, "99.9"), (5, 5, "100.0")],
)
def test_share_is_full_only_when_complete(part, whole, share):
    assert components.share_of(part, whole) == Decimal(share)


def test_moments_are_in_paris_and_words():
    at = datetime.datetime(2020, 4, 2, 12, 2, tzinfo=datetime.UTC)
    assert "2 avril 2020 à 14:02" in shown("{{ at|moment }}", at=at)
    assert 'datetime="2020-04-02T14:02:00+02:00"' in shown("{{ at|moment }}", at=at)
    assert "2 April 2020 at 14:02" in shown("{{ at|moment }}", "en", at=at)
    late = datetime.datetime(2020, 4, 1, 23, 0, tzinfo=datetime.UTC)
    assert "jeudi 2 avril 2020" in shown("{{ at|day }}", at=late)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "aujourd'hui"), (1, "demain"), (3, "dans 3 jours"), (-1, "hier"), (-4, "il y a 4 jours")],
)
def test_dates_say_how_far_they_are(days, words):
    value = timezone.localdate() + datetime.timedelta(days=days)
    assert words in shown("{{ value|due }}", value=value).replace("&#x27;", "'").replace("’", "'")


def test_typed_text_is_never_markup(rf):
    class Form(forms.Form):
        name = forms.CharField()

    form = Form({"name": '"><script>alert(1)</script>'})
    page = Template('{% include "components/field.html" with field=form.name only %}').render(
        RequestContext(rf.get("/"), {"form": form})
    )
    assert "<script>" not in page


def test_wrong_number_is_kept_and_its_error_is_tied_to_it():
    class Form(forms.Form):
        units = forms.IntegerField(min_value=1, help_text="Single units.")

    form = Form({"units": "douze"})
    page = shown(
        '{% include "components/field.html" with field=field only %}', field=form["units"]
    )
    assert 'value="douze"' in page
    assert 'type="text"' in page
    assert 'inputmode="numeric"' in page
    assert 'aria-describedby="id_units_helptext id_units_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_units_error"' in page
    assert "(obligatoire)" in page


@pytest.mark.parametrize(
    ("field", "mark"),
    [
        (forms.ChoiceField(choices=[("a", "A")]), "form-select"),
        (forms.BooleanField(), "form-check-input"),
        (forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect), "<fieldset"),
        (forms.CharField(widget=forms.HiddenInput), 'type="hidden"'),
        (forms.CharField(required=False), "(facultatif)"),
    ],
)
def test_each_kind_of_field_has_its_control(field, mark):
    form = type("Form", (forms.Form,), {"one": field})()
    page = shown('{% include "components/field.html" with field=field only %}', field=form["one"])
    assert mark in page
    assert page.count("<label") + page.count("<legend") >= (0 if "hidden" in mark else 1)
