"""Makes .venv from a lock file with what the machine has, then starts the site.

Standard library only, and readable by an old Python that is to be told so. In order of
preference: uv if installed; venv with its own pip; a venv without pip (Debian splits
ensurepip off) filled by the system's pip or, where PIP_INDEX_URL names an index, by a pip
wheel from there checked against a pinned hash.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import html.parser
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path


ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stopcovid-lock"
LOCKS = ("requirements.prod.lock", "requirements.lock", "requirements.dev.lock")  # each adds
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
RULES = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
PIP_RULES = ("install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")


def require_python(version: tuple[int, ...]) -> None:
    """Say so before the first line that an old Python cannot run."""
    if version < (3, 11):
        sys.exit(
            f"StopCOVID needs Python 3.11 or newer, and this is Python {version[0]}.{version[1]}"
            f" ({sys.executable}). Install a newer one and, if it is not found by itself, name"
            " it: PYTHON=/path/to/python3.12 make run"
        )


def stamp_of(lock: str) -> str:
    """What a .venv says of itself once this lock is in it."""
    return f"{lock} {hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}\n"


def is_installed(lock: str) -> bool:
    """Whether .venv holds this lock, or one that contains it."""
    if not (STAMP.exists() and venv_works()):
        return False
    return STAMP.read_text() in {stamp_of(name) for name in LOCKS[LOCKS.index(lock) :]}


def venv_works() -> bool:
    """Whether .venv is a usable environment of this very folder; a moved one is not."""
    activate = VENV / "bin" / "activate"
    if not (PYTHON.exists() and activate.exists() and str(VENV) in activate.read_text()):
        return False
    return call(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))", quiet=True)


def call(*argv: object, quiet: bool = False) -> bool:
    """Run a program; whether it ended well."""
    output = subprocess.DEVNULL if quiet else None
    return not subprocess.call([str(word) for word in argv], stdout=output, stderr=output)


def pip(*command: object, lock: str) -> bool:
    """Run pip and show its progress as a counter."""
    argv = [str(word) for word in (*command, *PIP_RULES, *RULES, "-r", ROOT / lock)]
    total = len(re.findall(r"^[\w.-]+==", (ROOT / lock).read_text(), re.MULTILINE))
    count = 0
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            if line.startswith(("Collecting ", "Processing ")):  # from an index, from a folder
                count += 1
                name = line.split()[1].split("/")[-1].removesuffix("-py3-none-any.whl")
                if sys.stdout.isatty() or count % 10 == 1:
                    show(f"  {count} of about {total}: {name}")
            elif line.startswith("Installing collected"):
                show("  unpacking ...")
    if sys.stdout.isatty():
        print()
    return process.returncode == 0


def show(text: str) -> None:
    """Progress: over the former line on a terminal, else a line of its own."""
    print(
        f"\r\033[K{text}" if sys.stdout.isatty() else text,
        end="" if sys.stdout.isatty() else "\n",
        flush=True,
    )


def with_uv(lock: str, *, fresh: bool) -> bool:
    """The fastest way; uv shows its own progress."""
    uv = shutil.which("uv")
    if not uv:
        return False
    if fresh and not call(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV):
        return False
    # uv leaves compiling to the first import, which a read-only or shared tree never keeps
    options = ("--python", PYTHON, "--compile-bytecode", *RULES)
    return call(uv, "pip", "install", *options, "-r", ROOT / lock)


def with_venv(lock: str, *, fresh: bool) -> bool:
    """What Python brings by itself."""
    if fresh and not call(sys.executable, "-m", "venv", "--clear", VENV, quiet=True):
        return False
    return call(PYTHON, "-m", "pip", "--version", quiet=True) and pip(
        PYTHON, "-m", "pip", lock=lock
    )


def with_bare_venv(lock: str, *, fresh: bool) -> bool:
    """Where Python comes without ensurepip."""
    if fresh and not call(sys.executable, "-m", "venv", "--clear", "--without-pip", VENV):
        return False
    if call(sys.executable, "-m", "pip", "--version", quiet=True):
        return pip(sys.executable, "-m", "pip", "--python", PYTHON, lock=lock)
    if not os.environ.get("PIP_INDEX_URL"):
        print(
            "This Python has neither ensurepip nor pip. Do one of these and try again:\n"
            "  sudo apt install python3-venv      (Debian, Ubuntu)\n"
            "  install uv, or any newer Python, and put it on PATH\n"
            "  set PIP_INDEX_URL to a package index",
            file=sys.stderr,
        )
        return False
    with tempfile.TemporaryDirectory() as folder:
        # a wheel is a zip file, and Python runs a package inside one
        return pip(PYTHON, f"{fetch_pip(Path(folder))}/pip", lock=lock)


class Links(html.parser.HTMLParser):
    """The addresses on an index page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note every link."""
        if tag == "a":
            self.found.append(dict(attrs).get("href") or "")


def fetch_pip(folder: Path) -> Path:
    """Download the pinned pip wheel from the index the environment names."""
    index = os.environ["PIP_INDEX_URL"].rstrip("/") + "/pip/"
    # the certificates pip would use, where a company's proxy needs its own
    bundle = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context(cafile=bundle)
    accept = {"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.1"}
    request = urllib.request.Request(index, headers=accept)
    with urllib.request.urlopen(request, timeout=60, context=context) as answer:
        body = answer.read().decode()
        as_json = answer.headers.get_content_type().endswith("json")
    if as_json:
        urls = [entry["url"] for entry in json.loads(body)["files"]]
    else:
        links = Links()
        links.feed(body)
        urls = links.found
    url = next(url for url in urls if url.split("#")[0].endswith(PIP_WHEEL))
    full = urllib.parse.urljoin(index, url)
    with urllib.request.urlopen(full, timeout=120, context=context) as answer:
        data = answer.read()
    if hashlib.sha256(data).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP_WHEEL} from {index} does not have the pinned hash: not used.")
    path = folder / PIP_WHEEL
    path.write_bytes(data)
    return path


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two installations at once would spoil each other: the second waits."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def install(lock: str) -> None:
    """Put the lock into .venv by the first way that works."""
    begin = time.monotonic()
    fresh = not venv_works()
    print(
        f"Installing {lock} into .venv ({'first run' if fresh else 'it has changed'}) ...",
        flush=True,
    )
    STAMP.unlink(missing_ok=True)
    for way in (with_uv, with_venv, with_bare_venv):
        if way(lock, fresh=fresh):
            STAMP.write_text(stamp_of(lock))
            print(f"Installed in {time.monotonic() - begin:.0f} s.", flush=True)
            return
    sys.exit(
        "The packages could not be installed; the lines above say why. Most often the network"
        " or a proxy is in the way: PIP_INDEX_URL (UV_DEFAULT_INDEX for uv) names another package"
        " index, and the next start goes on where this one stopped."
    )


def main() -> None:
    """Install if need be, then hand over to `python -m stopcovid.runtime up`."""
    require_python(sys.version_info[:2])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--lock", choices=LOCKS, default="requirements.lock")
    parser.add_argument("--install-only", action="store_true", help="do not start the site")
    args, rest = parser.parse_known_args()
    with alone():
        if not is_installed(args.lock):
            install(args.lock)
    if not args.install_only:
        os.chdir(ROOT)
        os.execv(PYTHON, [str(PYTHON), "-m", "stopcovid.runtime", "up", *rest])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"The site could not be installed: {error}")
