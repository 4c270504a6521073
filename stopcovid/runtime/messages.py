"""Compiles the message catalogues without gettext, and only those that changed."""

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from stopcovid.runtime.folder import ROOT


def compile_catalogues(root: Path = ROOT) -> int:
    """Make a .mo file beside every .po file that is newer; return how many were made."""
    stale = [po for po in sorted(root.glob("locale/*/LC_MESSAGES/*.po")) if _is_stale(po)]
    for po in stale:
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parts[-3])
        # aside, then renamed: a test run and the site may both do this at the same time
        handle, fresh = tempfile.mkstemp(dir=po.parent, suffix=".mo.new")
        with os.fdopen(handle, "wb") as out:
            write_mo(out, catalogue)
        Path(fresh).chmod(0o644)
        Path(fresh).replace(po.with_suffix(".mo"))
    return len(stale)


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


if __name__ == "__main__":
    print(f"{compile_catalogues()} catalogue(s) compiled")
