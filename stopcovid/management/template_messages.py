"""The texts that templates ask a translation of: Django's own parser says what it will look up."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from django.template import base, engines
from django.templatetags import i18n


class Text(NamedTuple):
    """One text to translate, with its plural where it has one."""

    id: str | tuple[str, str]
    context: str | None = None


def texts_of(path: Path) -> Iterator[Text]:
    """Compile one template and note each lookup that rendering it would make."""
    found: list[Text] = []

    def constant(msgid: str) -> str:
        found.append(Text(msgid))
        return msgid

    class Inline(i18n.TranslateNode):
        def __init__(self, expression, noop, asvar=None, message_context=None):
            super().__init__(expression, noop, asvar, message_context)
            if self.filter_expression.var.literal is not None:
                msgid = self.filter_expression.var.literal.replace("%", "%%")
                found.append(Text(msgid, _literal(message_context)))

    class Block(i18n.BlockTranslateNode):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            msgid = self.render_token_list(self.singular)[0]
            if self.plural:
                msgid = (msgid, self.render_token_list(self.plural)[0])
            found.append(Text(msgid, _literal(self.message_context)))

    with ExitStack() as stack:
        for module, name, stand_in in (
            (base, "gettext_lazy", constant),
            (i18n, "TranslateNode", Inline),
            (i18n, "BlockTranslateNode", Block),
        ):
            stack.enter_context(mock.patch.object(module, name, stand_in))
        base.Template(path.read_text("utf-8"), base.Origin(path), engine=engines["django"].engine)
    yield from found


def _literal(expression: base.FilterExpression | None) -> str | None:
    return None if expression is None else str(expression.var)
