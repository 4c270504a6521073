"""The check of the French catalogue finds each thing that can be wrong with it."""

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.core.management import CommandError, call_command

from stopcovid.management.commands import check_messages
from stopcovid.management.template_messages import Text, texts_of


def catalogue(*rows):
    made = Catalog(locale="fr")
    for text, translation, *flags in rows:
        made.add(text, translation, flags=flags)
    return made


USED = catalogue(("Order", ""), ("%(n)s units", ""), (("%(n)s line", "%(n)s lines"), ("", "")))
GOOD = (
    ("Order", "Commande"),
    ("%(n)s units", "%(n)s unités"),
    (("%(n)s line", "%(n)s lines"), ("une ligne", "%(n)s lignes")),
)


def test_complete_catalogue_passes():
    assert check_messages.faults(USED, catalogue(*GOOD)) == []


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (GOOD[1:], "missing: 'Order'"),
        ((*GOOD, ("Gone", "Parti")), "obsolete: 'Gone'"),
        ((("Order", ""), *GOOD[1:]), "empty: 'Order'"),
        ((("Order", "Commande", "fuzzy"), *GOOD[1:]), "fuzzy: 'Order'"),
        ((GOOD[0], ("%(n)s units", "unités"), GOOD[2]), "placeholders ['%(n)s']: '%(n)s units'"),
        (
            (*GOOD[:2], (("%(n)s line", "%(n)s lines"), ("une ligne", "%(x)s lignes"))),
            "placeholders ['%(n)s', '%(x)s']: '%(n)s line'",
        ),
        (
            (*GOOD[:2], (("%(n)s line", "%(n)s lines"), ("une ligne", ""))),
            "empty: '%(n)s line'",
        ),
    ],
)
def test_each_fault_is_named(rows, fault):
    assert check_messages.faults(USED, catalogue(*rows)) == [fault]


def test_template_texts_are_those_that_rendering_looks_up(tmp_path):
    template = tmp_path / "page.html"
    template.write_text(
        "{% load i18n %}{% translate 'One' %}{% translate '5 % off' context 'price' %}"
        "{% blocktranslate with a=b trimmed %}\n  Hello\n  {{ a }}{% endblocktranslate %}"
        "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
        "{% if x == _('Two') %}{% endif %}{{ y|default:_('Three') }}"
    )
    assert sorted(texts_of(template), key=str) == sorted(
        [
            Text("One"),
            Text("5 %% off", "price"),
            Text("Hello %(a)s"),
            Text(("%(n)s day", "%(n)s days")),
            Text("Two"),
            Text("Three"),
        ],
        key=str,
    )


@pytest.fixture
def small_project(tmp_path, settings):
    (tmp_path / "templates").mkdir()
    (tmp_path / "app.py").write_text(
        'text = _("Old one"), ngettext("%(n)s cat", "%(n)s cats", n)\n'
    )
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    return tmp_path


def test_update_adds_new_texts_and_keeps_translations(small_project):
    po = small_project / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    with pytest.raises(CommandError, match="2 of 2 messages"):
        call_command("check_messages", stdout=io.StringIO())
    call_command("check_messages", "--update", stdout=io.StringIO())
    old = 'msgid "Old one"\nmsgstr "{}"'
    po.write_text(po.read_text().replace(old.format(""), old.format("Vieux")))
    (small_project / "app.py").write_text('text = _("Old one"), _("New one")\n')
    call_command("check_messages", "--update", stdout=io.StringIO())
    with po.open("rb") as file:
        assert {each.id: each.string for each in read_po(file) if each.id} == {
            "Old one": "Vieux",
            "New one": "",
        }
    before = po.read_bytes()
    call_command("check_messages", "--update", stdout=io.StringIO())
    assert po.read_bytes() == before, "an update without news changes nothing"
