# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lint, sanity, units and the build, the same on a desk and in CI: `make` calls this, `.venv/bin/nox -l` lists it.

Sessions of one tool run in the development environment (.venv, from requirements/dev.lock). Sessions of one
ansible-core have an environment each, pinned by requirements/matrix/core-*.lock and filled anew only where that file
changed. What this machine has no Python for is skipped with that reason, which `make test` repeats at its end.
"""

from __future__ import annotations

import ast
import configparser
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nox

CHECKOUT = Path(__file__).resolve().parent
CACHE = CHECKOUT / ".cache"
LINKED = CACHE / "collections"
COLLECTION = Path("ansible_collections", "ampops", "secure_endpoint")
JUNIT = CHECKOUT / "tests" / "output" / "junit"
TOOLS = Path(sys.executable).parent

nox.options.envdir = str(CACHE / "nox")
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False


@functools.cache
def interpreter(version: str) -> str | None:
    """The path of a Python of this version that works, as a pyenv shim of a version that is not selected does not."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [*pyenv.glob(f"{version}.*/bin/python{version}")]
    candidates += [Path(folder, f"python{version}") for folder in os.get_exec_path()]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            probe = subprocess.run([candidate, "-c", "import ssl, sqlite3"], capture_output=True, check=False)
            if probe.returncode == 0:
                return str(candidate)
    return None


@dataclass(frozen=True)
class Core:
    """One ansible-core of the matrix and the Pythons that its controller side supports, the preferred one first."""

    release: str
    pythons: tuple[str, ...]
    sanity: bool = False

    @property
    def version(self) -> str:
        return self.release.rpartition(".")[0]

    @property
    def lock(self) -> Path:
        return CHECKOUT / "requirements" / "matrix" / f"core-{self.version}.lock"

    @property
    def installable(self) -> bool:
        return any(map(interpreter, self.pythons))

    @property
    def python(self) -> str:
        """The interpreter to use; where there is none, a version for nox to miss."""
        return next(filter(None, map(interpreter, self.pythons)), " or ".join(self.pythons))


# The preferred Pythons differ, so that 3.10 to 3.13 are all covered where they are all installed.
CORES = (
    Core("2.16.19", ("3.10", "3.11", "3.12"), sanity=True),
    Core("2.17.14", ("3.11", "3.10", "3.12")),
    Core("2.18.19", ("3.11", "3.12", "3.13"), sanity=True),
    Core("2.19.14", ("3.12", "3.11", "3.13")),
    Core("2.20.10", ("3.12", "3.13")),
    Core("2.21.5", ("3.13", "3.12")),
)
# Before 2.19, Ansible renders every variable. So rulebooks run on both sides: with the ansible-core of .venv, and this.
RENDERS_ALL = next(core for core in CORES if core.version == "2.18")
RULEBOOK_LOCK = CHECKOUT / "requirements" / "matrix" / f"rulebook-{RENDERS_ALL.version}.lock"
NEWEST = next((core for core in reversed(CORES) if core.installable), CORES[-1])


def install(session: nox.Session, lock: Path) -> None:
    """Install what a lock file pins, once for each content of it."""
    stamp = Path(session.virtualenv.location) / "installed-lock"
    content = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != content:
        session.install("--quiet", "--requirement", str(lock))
        stamp.write_text(content)


def tool(session: nox.Session, name: str, *arguments: str, collections: Path = LINKED, mypy_path: str = "") -> None:
    """Run a program of the development environment."""
    env = {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "MYPYPATH": mypy_path,
    }
    session.run(str(TOOLS / name), *arguments, env=env, external=True)


def output_of(session: nox.Session, *command: str) -> str:
    """What a command prints."""
    return str(session.run(*command, silent=True, log=False, external=True))


def collection_copy(session: nox.Session) -> Path:
    """Bring a copy of the checkout, without what git ignores, to where Ansible looks for the collection.

    ansible-test resolves links, so the link in LINKED will not do for it, nor for the tools that would walk .venv and
    .cache. What the tools left in the copy stays, for the next run to be quick. The list of files comes from a git
    folder of our own in which nothing was ever added, so each file that is not ignored counts as new: that works in an
    unpacked archive, and in a clone that belongs to another user, too.
    """
    listing = ("git", f"--git-dir={CACHE / 'listing.git'}")
    output_of(session, *listing, "init", "--quiet", "--bare")
    with session.chdir(CHECKOUT):
        listed = output_of(session, *listing, "--work-tree=.", "ls-files", "-z", "--others", "--exclude-standard")
    files = {Path(name) for name in listed.split("\0") if name}
    copy = CACHE / "copies" / session.name / COLLECTION
    copy.mkdir(parents=True, exist_ok=True)
    output_of(session, "git", "init", "--quiet", str(copy))
    for file in files:
        update(CHECKOUT / file, copy / file)
    for found in copy.rglob("*"):
        file = found.relative_to(copy)
        ours = file.parts[0] != ".git" and file.parts[:2] != ("tests", "output")
        if ours and file not in files and not (found.is_dir() and not found.is_symlink()):
            found.unlink()
    return copy


def update(source: Path, target: Path) -> None:
    """Make `target` the same as `source`; an equal one keeps its time, which caches go by."""
    old, new = (target.lstat() if os.path.lexists(target) else None), source.lstat()
    if old is None or (old.st_mtime_ns, old.st_size, old.st_mode) != (new.st_mtime_ns, new.st_size, new.st_mode):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)


# -- Lint ------------------------------------------------------------------------------------------------------------


@nox.session(venv_backend="none", tags=["lint"])
def ruff(session: nox.Session) -> None:
    """Python: faults, style and the one formatting."""
    tool(session, "ruff", "check", "--quiet")
    tool(session, "ruff", "format", "--check", "--quiet")


@nox.session(venv_backend="none", tags=["lint"])
def mypy(session: nox.Session) -> None:
    """Types, strictly: the collection under the name by which it is imported, then the code that tests it."""
    packages = ".".join(COLLECTION.parts)
    tool(session, "mypy", "--package", f"{packages}.plugins", mypy_path=str(LINKED))
    tool(session, "mypy", "--package", "simulator", mypy_path="tests:plugins/module_utils")
    programs = ["noxfile.py", "tests/summary.py", *map(str, CHECKOUT.glob("extensions/eda/**/*.py"))]
    tool(session, "mypy", *programs, mypy_path=str(LINKED))


@nox.session(name="ansible-lint", venv_backend="none", tags=["lint"])
def ansible_lint(session: nox.Session) -> None:
    """Playbooks, roles and rulebooks, by the production profile."""
    session.chdir(collection_copy(session))
    tool(session, "ansible-lint", "-q")


@nox.session(name="docs-lint", venv_backend="none", tags=["lint"])
def docs_lint(session: nox.Session) -> None:
    """The documentation of plugins and roles, and every reference in it."""
    copy = str(collection_copy(session))
    tool(session, "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", copy)


@nox.session(venv_backend="none", tags=["lint"])
def changelog(session: nox.Session) -> None:
    """The fragments of the changelog."""
    session.chdir(collection_copy(session))
    tool(session, "antsibull-changelog", "lint")


@nox.session(venv_backend="none", tags=["lint"])
def licenses(session: nox.Session) -> None:
    """Copyright and licence of every file, as REUSE wants them."""
    session.chdir(collection_copy(session))
    tool(session, "reuse", "lint", "--lines")


@nox.session(venv_backend="none", tags=["lint"])
def docs(session: nox.Session) -> None:
    """The guides and the reference as a site; a warning fails it."""
    sources, site = CACHE / "docs", CHECKOUT / "docs" / "docsite"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir(mode=0o755, parents=True)
    names = ".".join(COLLECTION.parts[1:])
    arguments = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(sources), names)
    tool(session, "antsibull-docs", "collection", *arguments)
    tool(session, "sphinx-build", "-q", "-W", "--keep-going", "-c", str(site), str(sources), str(site / "_build"))


@nox.session(venv_backend="none", tags=["lint"])
def build(session: nox.Session) -> None:
    """The tarball: built, looked into, installed elsewhere and used from there."""
    copy, dist, elsewhere = collection_copy(session), CACHE / "dist", CACHE / "elsewhere"
    for folder in (dist, elsewhere):
        shutil.rmtree(folder, ignore_errors=True)
    tool(session, "ansible-galaxy", "collection", "build", "--output-path", str(dist), str(copy))
    (tarball,) = map(str, dist.glob("*.tar.gz"))
    arguments = ("--offline", "--no-deps", "-p", str(elsewhere), tarball)
    tool(session, "ansible-galaxy", "collection", "install", *arguments, collections=elsewhere)
    junit = f"--junitxml={JUNIT / 'build.xml'}"
    tool(session, "python", "-m", "pytest", "tests/build", "-q", junit, collections=elsewhere)


# -- Each ansible-core: units, and every sanity test of ansible-test with nothing ignored ----------------------------


for _core in CORES:

    @nox.session(name=f"units-{_core.version}", python=_core.python, tags=["units"])
    def units(session: nox.Session, core: Core = _core) -> None:
        """Unit tests; those marked `once`, such as with a real broker, on the newest ansible-core only."""
        install(session, core.lock)
        chosen = () if core is NEWEST else ("-m", "not once")
        junit = f"--junitxml={JUNIT / session.name}.xml"
        session.run("python", "-m", "pytest", "tests/unit", "-q", "-n", "2", junit, *chosen, *session.posargs)


for _core in CORES:
    if not (_core.sanity or _core is NEWEST):
        continue

    @nox.session(name=f"sanity-{_core.version}", python=_core.python, tags=["lint", "sanity"])
    def sanity(session: nox.Session, core: Core = _core) -> None:
        """Every sanity test, none ignored."""
        ignores = [path.name for path in CHECKOUT.glob("tests/sanity/ignore-*.txt")]
        if ignores:
            session.error(f"nothing is ignored in this collection, so there must be no {', '.join(ignores)}")
        install(session, core.lock)
        home = CACHE / "ansible-test"
        give_pip_to_ansible_test(session, home)
        session.chdir(collection_copy(session))
        python = Path(core.python).name.removeprefix("python")
        command = ("ansible-test", "sanity", "--local", "--python", python, "--color", "no")
        session.run(*command, *session.posargs, env={"HOME": str(home), "LC_ALL": "C.UTF-8"})


def give_pip_to_ansible_test(session: nox.Session, home: Path) -> None:
    """Let ansible-test fill its environments from where pip is set up to look, with a home folder of its own.

    It makes environments without pip and would fetch a script for it from a host of its own, unless that script is in
    its cache. And it passes on none of pip's environment variables, so they go into pip's configuration file there.
    """
    source = "from ansible_test._internal import python_requirements as module; print(module.__file__)"
    requirements = Path(output_of(session, "python", "-c", source).strip()).read_text()
    wanted = re.search(r"default_packages = dict\(\s*pip='([\d.]+)'", requirements)
    if wanted is None:
        session.error("cannot tell which pip this ansible-test wants: see get_venv_packages in its python_requirements")
    version = wanted[1]
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    wheel = cache / f"pip-{version}-py3-none-any.whl"
    if not wheel.exists():
        output_of(session, "python", "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), f"pip=={version}")
    script = (CHECKOUT / "tests" / "sanity" / "get_pip.py").read_text()
    (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(script.replace("PIP_WHEEL", wheel.name))
    settings = output_of(session, "python", "-m", "pip", "config", "list")
    write_pip_configuration(settings, home / ".config" / "pip" / "pip.conf")


def write_pip_configuration(settings: str, path: Path) -> None:
    """Write what `pip config list` prints, from the environment and from files, as one configuration file."""
    configuration = configparser.RawConfigParser()
    configuration.read_dict({"global": {"quiet": "1"}})
    for line in settings.splitlines():
        key, _separator, value = line.partition("=")
        section, _separator, option = key.rpartition(".")
        configuration.read_dict({section.replace(":env:", "global"): {option.lstrip("."): ast.literal_eval(value)}})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # an index may be reached with a password
    with path.open("w") as file:
        configuration.write(file)


# -- Integration, and roles on pretend hosts -------------------------------------------------------------------------


@nox.session(venv_backend="none", tags=["integration"])
def integration(session: nox.Session) -> None:
    """Playbooks, documents and the demo against a tenant in a box, with a real broker."""
    junit = f"--junitxml={JUNIT / 'integration.xml'}"
    tool(session, "python", "-m", "pytest", "tests/integration", "-q", "-n", "2", junit, *session.posargs)


@nox.session(name=f"rulebook-{RENDERS_ALL.version}", python=RENDERS_ALL.python, tags=["integration"])
def rulebook(session: nox.Session) -> None:
    """What an event does to a playbook that ansible-rulebook starts, where Ansible renders every variable."""
    install(session, RULEBOOK_LOCK)
    session.env["ANSIBLE_RULEBOOK"] = str(Path(session.bin) / "ansible-rulebook")
    junit = f"--junitxml={JUNIT / session.name}.xml"
    tool(session, "python", "-m", "pytest", "tests/integration/test_rulebook.py", "-q", "-k", "templates", junit)


@nox.session(venv_backend="none", tags=["roles"])
def roles(session: nox.Session) -> None:
    """The connector roles on pretend hosts in containers: the fast part; `-- --all` for every system."""
    tool(session, "python", "-m", "pytest", *role_tests(session))


for _core in CORES:

    @nox.session(name=f"roles-{_core.version}", python=_core.python, default=False)
    def roles_of_core(session: nox.Session, core: Core = _core) -> None:
        """The same on one ansible-core; the collections that the pretend hosts take come from .venv."""
        install(session, core.lock)
        session.run("python", "-m", "pytest", *role_tests(session))


def role_tests(session: nox.Session) -> tuple[str, ...]:
    """What pytest takes to run them; skips the session where there can be no pretend hosts."""
    if os.geteuid() != 0:
        session.skip("the pretend hosts are containers with an init of their own, which takes root")
    chosen = () if "--all" in session.posargs else ("-m", "fast")
    arguments = [argument for argument in session.posargs if argument != "--all"]
    return ("tests/roles", "-q", f"--junitxml={JUNIT / session.name}.xml", *chosen, *arguments)


# -- By hand: release notes and pins ---------------------------------------------------------------------------------


@nox.session(venv_backend="none", default=False)
def release(session: nox.Session) -> None:
    """Write CHANGELOG.md for the version in galaxy.yml, from the fragments and the plugins; may be repeated."""
    copy = collection_copy(session)
    session.chdir(copy)
    tool(session, "antsibull-changelog", "release", "--update-existing", "--refresh", "--reload-plugins")
    for name in ("CHANGELOG.md", "changelogs/changelog.yaml"):
        shutil.copy(copy / name, CHECKOUT / name)


@nox.session(venv_backend="none", default=False)
def lock(session: nox.Session) -> None:
    """Pin the environments anew; `-- --upgrade` takes newer releases."""
    session.chdir(CHECKOUT / "requirements")
    compile_lock(session, str(TOOLS / "python"), "dev.in", "dev.lock")
    for core in CORES:
        # On the oldest Python that the core supports: what is pinned there installs on the later ones too.
        oldest = min(core.pythons)
        python, environment = interpreter(oldest), CACHE / "lock" / oldest
        if python is None:
            session.error(f"to pin for ansible-core {core.version}, Python {oldest} is needed")
        if not environment.exists():
            session.run(python, "-m", "venv", str(environment), external=True)
            session.run(str(environment / "bin" / "pip"), "install", "--quiet", "pip-tools", external=True)
        exact, python = ("--upgrade-package", f"ansible-core=={core.release}"), str(environment / "bin" / "python")
        compile_lock(session, python, "tests.in", f"matrix/{core.lock.name}", *exact)
        if core is RENDERS_ALL:
            compile_lock(session, python, "rulebook.in", f"matrix/{RULEBOOK_LOCK.name}", *exact)


def compile_lock(session: nox.Session, python: str, source: str, target: str, *arguments: str) -> None:
    """Turn a list of requirements into pins that name no package index and no folder of this machine."""
    session.run(
        *(python, "-m", "piptools", "compile", "--quiet", "--strip-extras", "--annotation-style", "line"),
        *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
        *(*arguments, *session.posargs, "--output-file", target, source),
        env={"CUSTOM_COMPILE_COMMAND": "make lock"},
        external=True,
    )
