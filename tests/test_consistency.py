"""Rules of the house that no other tool checks, read off the files themselves."""

import ast
import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader


ROOT = settings.BASE_DIR
APPS = ("accounts", "journal", "suppliers", "buyers", "catalog", "orders")
PACKAGES = ("core", *APPS, "stopcovid")
LINES = 300
MODEL_LINES = 400
LONG_FILES = {"stopcovid/settings.py": "all settings in one file, as decided"}
"""Files that may be longer, each with its reason."""
NOT_BY_NAME = {
    "404.html": "Django's handler404",
    "403.html": "Django's handler403",
    "400.html": "Django's handler400",
    "500.html": "Django's handler500",
    "429.html": "allauth's answer to too many attempts",
    "403_csrf.html": "Django's CSRF failure view",
}
"""Templates that a library loads by a name of its own."""
FOREIGN_FOLDERS = ("account", "allauth", "mfa", "django", "admin", "registration")
"""Templates that replace a library's: it asks for them."""


def sources(*folders, suffix=".py"):
    """The project's own files below `folders`, migrations left out."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob(f"*{suffix}")):
            if "migrations" not in path.parts and "__pycache__" not in path.parts:
                yield path


PYTHON = list(sources(*PACKAGES))
TEMPLATES = [path for path in sorted((ROOT / "templates").rglob("*.*")) if path.is_file()]
EVENTS = [path for path in TEMPLATES if path.parent.name == "events"]
TEXT = {path: path.read_text("utf-8") for path in [*PYTHON, *TEMPLATES]}


def name(path):
    return str(path.relative_to(ROOT))


def template_name(path):
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", PYTHON, ids=name)
def test_file_is_short(path):
    count = len(TEXT[path].splitlines())
    assert count <= (MODEL_LINES if "models" in str(path) else LINES) or LONG_FILES.get(
        name(path)
    ), f"{count} lines: split it"


def test_long_files_are_still_long():
    for each in LONG_FILES:
        assert len((ROOT / each).read_text("utf-8").splitlines()) > LINES, f"stale: {each}"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_template_is_used(path):
    wanted = template_name(path)
    if wanted in NOT_BY_NAME or wanted.split("/")[0] in FOREIGN_FOLDERS or path in EVENTS:
        return
    folder = wanted.rpartition("/")[0]
    used = re.compile(rf"""["']({re.escape(wanted)}|{re.escape(folder)}/%s|{folder}/" ?[+&])""")
    assert any(used.search(text) for text in TEXT.values()), "nothing loads it: delete it"


@pytest.mark.parametrize("path", [*PYTHON, *TEMPLATES], ids=name)
def test_no_raw_html(path):
    plain_text = path.suffix == ".txt" and "autoescape off"
    banned = re.search(r"\|\s*safe\b|\bmark_safe\(|autoescape off|SafeString\(", TEXT[path])
    assert not banned or banned[0] == plain_text


@pytest.mark.parametrize("path", [*PYTHON, *TEMPLATES], ids=name)
def test_no_path_of_a_machine(path):
    assert not re.search(r"""["'\s(=](/work/|/home/\w|/tmp/|/root/|C:\\)""", TEXT[path])


def test_readme_is_short():
    readme = ROOT / "README.md"
    assert len(readme.read_text("utf-8").splitlines()) <= 80


@pytest.mark.parametrize("app", APPS)
def test_migrations_are_linear(app):
    graph = MigrationLoader(connection=None, ignore_no_migrations=True).graph
    assert len(graph.leaf_nodes(app)) == 1
    own = [key for key in graph.nodes if key[0] == app]
    for key in own:
        children = [each for each in graph.node_map[key].children if each.key[0] == app]
        assert len(children) <= 1, f"{key} has two successors"
    last = (ROOT / app / "migrations" / "max_migration.txt").read_text("utf-8").strip()
    assert graph.leaf_nodes(app)[0][1] == last


# --- who may see it ---

PUBLIC_MODELS = {
    "Category": "a shelf of the public catalogue",
    "Attribute": "what the sheets of a shelf are asked for",
    "NotifiedBody": "a public register",
    "Requirement": "what is asked of everyone",
    "RegisterEntry": "a public register",
    "PriceRule": "law",
    "PriceCoefficient": "law",
    "VatRule": "law",
    "GelFormula": "law",
    "StandardEquivalence": "law",
    "LawWatch": "the law at the last look",
    "AllocationPolicy": "published",
    "EntityCap": "law",
    "OrderNumber": "a counter",
    "ShelfVersion": "a counter",
    "ShelfMove": "keys of what has moved, shown nowhere",
    "KnownWord": "words of public sheets",
    "Synonym": "reference data",
    "User": "only its own pages and the admin show people",
    "Seal": "digests, shown in the admin alone",
}
PARTS = {
    "CoveredSheet": "certificate",
    "GtinAlias": "product",
    "SupplierMember": "supplier",
    "BuyerMember": "buyer",
    "PolicyFloor": "policy",
    "PolicyReserve": "policy",
    "RoundGroup": "round",
    "ImportRow": "job",
    "ShelfChange": "product",
    "Turn": "rejudgement",
    "PriceTier": "offer",
    "ProductionSlot": "offer",
    "SheetTerms": "sheet",
    "Substitute": "line",
    "SupplierOrderLine": "supplier_order",
    "ShipmentLine": "shipment",
    "Receipt": "shipment",
    "ReceiptLine": "receipt",
    "ShortfallPart": "shortfall",
}
"""Rows that are reached only through the row they belong to."""


def own_models():
    return [model for model in apps.get_models() if model._meta.app_label in APPS]


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model.__name__)
def test_model_says_who_may_see_it(model):
    if model.__name__ in PUBLIC_MODELS:
        return
    if model.__name__ in PARTS:
        assert model._meta.get_field(PARTS[model.__name__]).is_relation
        return
    assert hasattr(model.objects.all(), "visible_to")


API_VIEWS = [path for path in PYTHON if "api" in path.parts and path.name != "serializers.py"]


@pytest.mark.parametrize("path", API_VIEWS, ids=name)
def test_api_starts_from_what_the_user_may_see(path):
    for node in ast.walk(ast.parse(TEXT[path])):
        if isinstance(node, ast.FunctionDef) and node.name == "get_queryset":
            body = ast.unparse(node)
            public = any(f"{model}.objects" in body for model in PUBLIC_MODELS)
            scoped = any(f"{name}(" in body for name in ("visible_to", "inbox", "proposals"))
            assert scoped or public, f"line {node.lineno}"


# --- events and their texts ---
# That each verb has a text, and the text all that it names, is a guard: guards.told_events.


IN_CODE = {
    node.value
    for path in PYTHON
    for node in ast.walk(ast.parse(TEXT[path]))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}


@pytest.mark.parametrize("path", EVENTS, ids=name)
def test_text_is_recorded_and_has_headline_and_body_with_address(path):
    app, act = path.parts[-3], path.stem
    if any(template_name(path) in text for text in TEXT.values()):
        return  # a part of other texts
    assert {f"{app}.{act}", act} & IN_CODE, "nothing records or includes it"
    text = re.sub(r"{% (load|comment).*?%}", "", TEXT[path]).strip()
    headline, _newline, rest = text.partition("\n")
    assert headline
    assert "{{ site_url }}{{ payload.url }}" in rest
