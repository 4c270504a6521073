"""The installation, with a package made on the spot: no network, real uv, pip and venv."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from stopcovid.runtime import bootstrap
from stopcovid.runtime.folder import ROOT


LOCKS = ("requirements.prod.lock", "requirements.lock", "requirements.dev.lock")
DEV = ("--lock", "requirements.dev.lock")


def make_wheel(folder, name):
    files = {
        f"{name}.py": "",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = f"{name}-1.0.dist-info/RECORD"
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        lines.append(f"{path},sha256={digest.rstrip(b'=').decode()},{len(text)}")
    files[record] = "\n".join([*lines, f"{record},,"]) + "\n"
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def project(tmp_path):
    """A project of three locks, each adding one package to the former."""
    root = tmp_path / "project"
    (root / "stopcovid" / "runtime").mkdir(parents=True)
    shutil.copy(ROOT / "quickstart", root)
    shutil.copy(bootstrap.__file__, root / "stopcovid" / "runtime")
    (tmp_path / "wheels").mkdir()
    text = ""
    for lock, name in zip(LOCKS, ("pebble", "stone", "rock"), strict=True):
        text += make_wheel(tmp_path / "wheels", name)
        (root / lock).write_text(text)
    return root


@pytest.fixture
def quickstart(project, tmp_path, bare_env):
    """Installs as `./quickstart --install-only` does, with the wheels above and no index."""
    wheels = str(tmp_path / "wheels")
    env = bare_env | {"PYTHON": sys.executable, "UV_OFFLINE": "1"}
    env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": wheels, "UV_FIND_LINKS": wheels}

    def _quickstart(*words, root=project, **more):
        return subprocess.run(
            [root / "quickstart", "--install-only", *words],
            env=env | more,
            capture_output=True,
            text=True,
            check=False,
        )

    return _quickstart


def has(root, module):
    python = root / ".venv" / "bin" / "python"
    return not subprocess.call([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL)


def test_bootstrap_installs_once(quickstart, project):
    first = quickstart()
    assert "Installing requirements.lock into .venv (first run)" in first.stdout, first.stderr
    assert has(project, "stone")
    assert not has(project, "rock")
    assert quickstart().stdout == ""


def test_bootstrap_adds_the_developers_lock_on_top(quickstart, project):
    quickstart()
    (project / ".venv" / "mine").touch()
    assert "it has changed" in quickstart(*DEV).stdout
    assert has(project, "rock")
    assert (project / ".venv" / "mine").exists()
    assert quickstart().stdout == "", "the developers' lock contains the other"


def test_bootstrap_notices_a_changed_lock_and_a_moved_folder(quickstart, project, tmp_path):
    quickstart()
    (project / "requirements.lock").write_text((project / LOCKS[2]).read_text())
    assert "it has changed" in quickstart().stdout
    moved = project.rename(tmp_path / "elsewhere")
    assert "first run" in quickstart(root=moved).stdout
    assert has(moved, "rock")


def test_bootstrap_without_uv_uses_venv_and_pip(quickstart, project, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for name in ("sh", "dirname", "ldconfig", "gcc", "uname"):
        if found := shutil.which(name):
            (few / name).symlink_to(found)
    done = quickstart(PATH=str(few))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of about 2: pebble-1.0" in done.stdout
    assert has(project, "stone")


def test_bootstrap_refuses_a_package_with_another_hash(quickstart, project):
    lock = project / "requirements.lock"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0000")[:-5] + "\n")
    done = quickstart()
    assert done.returncode != 0
    assert "could not be installed" in done.stderr
    assert not (project / ".venv" / "stopcovid-lock").exists()


def test_bootstrap_tells_an_old_python_so():
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is Python 3\.9"):
        bootstrap.require_python((3, 9))


def test_quickstart_without_a_recent_python_says_so(project, tmp_path, bare_env):
    old = tmp_path / "old"
    old.mkdir()
    (old / "dirname").symlink_to(shutil.which("dirname"))
    for name in ("python3", "python"):  # an old Python answers "no" to the question
        (old / name).write_text("#!/bin/sh\nexit 1\n")
        (old / name).chmod(0o755)
    env = {**bare_env, "PATH": str(old)}
    env.pop("PYTHON", None)
    done = subprocess.run(
        [shutil.which("sh"), project / "quickstart"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert os.linesep not in done.stderr.strip(), "one paragraph"
