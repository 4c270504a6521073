import gettext
import os

from stopcovid.runtime.messages import compile_catalogues


def test_messages_are_compiled_when_they_changed(tmp_path):
    folder = tmp_path / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po = folder / "django.po"
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    po.write_text(head + 'msgid "shipped"\nmsgstr "expédiée"\n')
    assert compile_catalogues(tmp_path) == 1
    with (folder / "django.mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("shipped") == "expédiée"
    assert compile_catalogues(tmp_path) == 0
    os.utime(po, (2**32, 2**32))
    assert compile_catalogues(tmp_path) == 1
