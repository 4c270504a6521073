"""Compares the texts in the code and the templates with the French catalogue."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from stopcovid.management.template_messages import texts_of


LOCALE = "fr"
NOT_OURS = {"tests", "benchmarks", "migrations", "node_modules", "locale", "static"}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|%[sd]|\{\w*\}")
IDLE_HEADER = re.compile(
    rb'^"(?:Project-Id|Report|POT-Cr|PO-Rev|Last-Tr|Language-Team|Generated).*\n', re.MULTILINE
)
HEADER = "# The French texts.\n# `make messages` adds what is new and drops what is gone.\n#"

Key = tuple[str | tuple[str, ...], str | None]


def is_ours(folder: str) -> bool:
    """Descend into folders of the project alone."""
    name = Path(folder).name
    return name not in NOT_OURS and not name.startswith((".", "_"))


def in_use(root: Path) -> Catalog:
    """Every text that the code and the templates ask a translation of."""
    found = empty()
    # Files are named without line numbers, or every change of code would change the catalogue.
    for path, _line, text, _comments, context in extract_from_dir(
        root, method_map=[("**.py", "python")], keywords=KEYWORDS, directory_filter=is_ours
    ):
        found.add(text, context=context, locations=[(path, None)])
    for path in sorted((root / "templates").rglob("*.*")):
        for each in texts_of(path):
            found.add(
                each.id, context=each.context, locations=[(str(path.relative_to(root)), None)]
            )
    return found


def empty() -> Catalog:
    """A catalogue with its head alone."""
    return Catalog(locale=LOCALE, header_comment=HEADER, fuzzy=False)


def translated(po: Path) -> Catalog:
    """The catalogue as it is in the repository; empty before its first day."""
    if not po.exists():
        return empty()
    with po.open("rb") as file:
        return read_po(file, locale=LOCALE)


def key(message: Message) -> Key:
    """What makes a message the same: text (with its plural) and context."""
    return (
        tuple(message.id) if isinstance(message.id, list | tuple) else message.id,
        message.context,
    )


def faults(used: Catalog, known: Catalog) -> list[str]:
    """What keeps the catalogue from being complete, a line each."""
    wanted = {key(message): message for message in used if message.id}
    held = {key(message): message for message in known if message.id}
    lines = [f"missing: {shown(each)}" for each in wanted if each not in held]
    lines += [f"obsolete: {shown(each)}" for each in held if each not in wanted]
    lines += [f"obsolete: {shown(key(message))}" for message in known.obsolete.values()]
    for each in wanted.keys() & held.keys():
        lines += [f"{fault}: {shown(each)}" for fault in faults_of(held[each])]
    return sorted(lines)


def faults_of(message: Message) -> list[str]:
    """What is wrong with one translation."""
    sources = message.id if isinstance(message.id, list | tuple) else (message.id,)
    texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
    if message.fuzzy:
        return ["fuzzy"]
    if not all(text and text.strip() for text in texts):
        return ["empty"]
    known = set(PLACEHOLDER.findall(sources[-1])) | set(PLACEHOLDER.findall(sources[0]))
    for number, text in enumerate(texts):
        given = set(PLACEHOLDER.findall(text))
        # the singular may leave the number out: “une ligne”
        if given - known or (known - given and (number or len(texts) == 1)):
            return [f"placeholders {sorted(known ^ given)}"]
    return []


def shown(each: Key) -> str:
    """The first words of a message."""
    text = each[0] if isinstance(each[0], str) else each[0][0]
    return repr(text if len(text) < 80 else f"{text[:77]}...")


def update(used: Catalog, known: Catalog) -> Catalog:
    """The texts in use, each with the translation that it has already."""
    held = {key(message): message for message in known if message.id}
    for message in used:
        old = held.get(key(message))
        if message.id and old is not None:
            message.string = old.string
            message.flags |= old.flags & {"fuzzy"}
            message.user_comments = old.user_comments
    return used


def as_file(catalogue: Catalog) -> bytes:
    """The catalogue in text, without the dates and names that would change at each run."""
    out = io.BytesIO()
    write_po(out, catalogue, width=99, sort_output=True)
    return IDLE_HEADER.sub(b"", out.getvalue())


class Command(BaseCommand):
    """Fails unless every text has a French translation; --update collects new texts."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--update", action="store_true", help="write new texts, empty")

    def handle(self, *args, **options):
        po = settings.LOCALE_PATHS[0] / LOCALE / "LC_MESSAGES" / "django.po"
        used, known = in_use(settings.BASE_DIR), translated(po)
        if options["update"]:
            po.parent.mkdir(parents=True, exist_ok=True)
            known = update(in_use(settings.BASE_DIR), known)
            po.write_bytes(as_file(known))
        wrong = faults(used, known)
        for line in wrong:
            self.stdout.write(line)
        if wrong and not options["update"]:
            raise CommandError(f"{len(wrong)} of {len(used)} messages: see above.")
        self.stdout.write(f"{len(used)} messages, {len(wrong)} to be translated.")
