# SPDX-FileCopyrightText: 2026 The ampops.secure_endpoint contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lint, sanity, units and the build, the same on a desk and in CI: `make` calls this, `.venv/bin/nox -l` lists it.

Sessions of one tool run in the development environment (.venv, from requirements/dev.lock). Sessions of one
ansible-core or galaxy-importer have an environment each, pinned by a lock file and filled again only when that file
changes. A session without a suitable Python is skipped with that reason, which `make test` repeats at its end.
Sessions that use one processor allow nox to run them side by side.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import shutil
import sys
import tarfile
from pathlib import Path

import nox
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent / "tests"))
from matrix import CHECKOUT, CORES, MATRIX, NEWEST, OLDEST, Core, interpreter, write_readme_table
from sanity.bring_pip import bring_pip

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


# Before 2.19, Ansible renders every variable. So rulebooks run on both sides: with the ansible-core of .venv, and this.
RENDERS_ALL = next(core for core in CORES if core.version == "2.18")
RULEBOOK_LOCK = MATRIX / f"rulebook-{RENDERS_ALL.version}.lock"

# Galaxy imports with the newest galaxy-importer. The certification pins another, and the tools that it was made for.
IMPORTER_LOCKS = CHECKOUT / "requirements" / "importer"
IMPORTER_PYTHON = interpreter("3.12") or "3.12"
MUTATION_LOCK = CHECKOUT / "requirements" / "mutation.lock"
# As galaxy-importer calls ansible-lint, but that a warning fails.
IMPORTER_LINT = (
    *("-q", "--nocolor", "--strict", "--offline", "--profile", "production"),
    *("-x", "yaml,var-naming,avoid-dot-notation,import-task-no-when,single-entry-point,use-loop"),
)
IMPORTERS = {
    "newest": (),
    "certified": ("galaxy-importer==0.4.31", f"ansible-core=={OLDEST.release}", "ansible-lint==24.12.2"),
}


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

    The link in LINKED will not do for tools that would walk .venv and .cache. What the tools left in the copy stays,
    for the next run to be quick. The list of files comes from a git folder of our own in which nothing was ever added,
    so each file that is not ignored counts as new. That works in an unpacked archive, and in a clone of another user.
    """
    folder = CACHE / "copies" / session.name
    folder.mkdir(parents=True, exist_ok=True)
    listing = ("git", f"--git-dir={folder / 'listing.git'}")
    output_of(session, *listing, "init", "--quiet", "--bare")
    with session.chdir(CHECKOUT):
        listed = output_of(session, *listing, "--work-tree=.", "ls-files", "-z", "--others", "--exclude-standard")
    files = {Path(name) for name in listed.split("\0") if name}
    copy = folder / COLLECTION
    copy.mkdir(parents=True, exist_ok=True)
    output_of(session, "git", "init", "--quiet", str(copy))
    for file in files:
        update(CHECKOUT / file, copy / file)
    for found in copy.rglob("*"):
        file = found.relative_to(copy)
        if file.parts[0] != ".git" and file not in files and not (found.is_dir() and not found.is_symlink()):
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


@nox.session(venv_backend="none", allow_parallel=True, tags=["lint", "check"])
def ruff(session: nox.Session) -> None:
    """Check and format the Python code, and check the shell scripts."""
    tool(session, "ruff", "check", "--quiet")
    tool(session, "ruff", "format", "--check", "--quiet")
    session.run("shellcheck", ".ci/run", "requirements/system-packages", "tests/demo.sh", external=True)


@nox.session(venv_backend="none", allow_parallel=True, tags=["lint", "check"])
def mypy(session: nox.Session) -> None:
    """Check the types strictly: the collection under the name by which it is imported, then the code that tests it."""
    packages = ".".join(COLLECTION.parts)
    tool(session, "mypy", "--package", f"{packages}.plugins", mypy_path=str(LINKED))
    tool(session, "mypy", "--package", "simulator", mypy_path="tests:plugins/module_utils")
    programs = ["noxfile.py", "tests/summary.py", *map(str, CHECKOUT.glob("extensions/eda/**/*.py"))]
    tool(session, "mypy", *programs, mypy_path=f"tests:{LINKED}")


@nox.session(name="ansible-lint", venv_backend="none", allow_parallel=True, tags=["lint"])
def ansible_lint(session: nox.Session) -> None:
    """Check playbooks, roles and rulebooks by the production profile."""
    session.chdir(collection_copy(session))
    tool(session, "ansible-lint", "-q")


@nox.session(name="docs-lint", venv_backend="none", allow_parallel=True, tags=["lint"])
def docs_lint(session: nox.Session) -> None:
    """Check the documentation of plugins and roles, and every reference in it."""
    copy = str(collection_copy(session))
    tool(session, "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=self", copy)


@nox.session(venv_backend="none", allow_parallel=True, tags=["lint"])
def changelog(session: nox.Session) -> None:
    """Check the fragments, and that the release notes are what `make changelog` writes."""
    copy = collection_copy(session)
    session.chdir(copy)
    tool(session, "antsibull-changelog", "lint")
    write_release_notes(session, copy, keep_date=True)
    stale = [name for name in RELEASE_NOTES if (CHECKOUT / name).read_text() != (copy / name).read_text()]
    for name in stale:
        session.run(
            "git", "diff", "--no-index", str(CHECKOUT / name), str(copy / name), external=True, success_codes=[1]
        )
    if stale:
        session.error(f"{' and '.join(stale)} lack what the fragments and plugins say: run `make changelog`")


@nox.session(venv_backend="none", allow_parallel=True, tags=["lint"])
def licenses(session: nox.Session) -> None:
    """Check the copyright and licence of every file, as REUSE wants them."""
    session.chdir(collection_copy(session))
    tool(session, "reuse", "lint", "--lines")


@nox.session(venv_backend="none", allow_parallel=True, tags=["lint"])
def docs(session: nox.Session) -> None:
    """Build the guides and the reference as a site; a warning fails it."""
    sources, site = CACHE / "docs", CHECKOUT / "docs" / "docsite"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir(mode=0o755, parents=True)
    names = ".".join(COLLECTION.parts[1:])
    arguments = ("--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", str(sources), names)
    tool(session, "antsibull-docs", "collection", *arguments)
    tool(session, "python", str(CHECKOUT / "tests" / "pictures.py"), str(sources))
    tool(session, "sphinx-build", "-q", "-W", "--keep-going", "-c", str(site), str(sources), str(site / "_build"))


# -- Lint of the tarball: what users get, examined as Galaxy and Automation Hub examine it -----------------------------


def tarball(session: nox.Session) -> Path:
    """Build the collection from a copy of the checkout and return the tarball."""
    dist = CACHE / "dist" / session.name
    shutil.rmtree(dist, ignore_errors=True)
    tool(session, "ansible-galaxy", "collection", "build", "--output-path", str(dist), str(collection_copy(session)))
    (built,) = dist.glob("*.tar.gz")
    return built


@nox.session(venv_backend="none", allow_parallel=True, tags=["lint"])
def build(session: nox.Session) -> None:
    """Install the tarball where nothing else of the checkout is, look into it and use it."""
    elsewhere = CACHE / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    arguments = ("--offline", "--no-deps", "-p", str(elsewhere), str(tarball(session)))
    tool(session, "ansible-galaxy", "collection", "install", *arguments, collections=elsewhere)
    tests = ("tests/build/test_tarball.py", "tests/build/test_changelog.py")
    junit = f"--junitxml={JUNIT / 'build.xml'}"
    tool(session, "python", "-m", "pytest", *tests, "-q", junit, collections=elsewhere)


for _name in IMPORTERS:

    @nox.session(name=f"importer-{_name}", python=IMPORTER_PYTHON, allow_parallel=True, tags=["lint"])
    def importer(session: nox.Session, name: str = _name) -> None:
        """Import the tarball as Galaxy does (newest) or as Red Hat's certification does; nothing may be remarked."""
        install(session, IMPORTER_LOCKS / f"{name}.lock")
        built, folder = tarball(session), CACHE / "importer" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        settings = folder / "galaxy-importer.cfg"
        # Galaxy requires one of its tags. Automation Hub refuses versions below 1.0.0: checked from that release on.
        released = not built.name.startswith("ampops-secure_endpoint-0.")
        # galaxy-importer stops ansible-lint after three minutes, too few on a busy machine. So ansible-lint runs below.
        settings.write_text(
            "[galaxy-importer]\ncheck_required_tags = true\nrun_ansible_lint = false\n"
            f"require_v1_or_greater = {released}\n"
        )
        env = {"GALAXY_IMPORTER_CONFIG": str(settings), "GALAXY_IMPORTER_ANSIBLE_LOCAL_TMP": str(folder / "tmp")}
        with session.chdir(folder):
            log = session.run("python", "-m", "galaxy_importer.main", str(built), env=env, silent=True)
        remarks = [line for line in str(log).splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]
        if remarks:
            session.error("galaxy-importer remarks:\n" + "\n".join(remarks))
        session.env["IMPORTER_RESULT"] = str(folder / "importer_result.json")
        junit = f"--junitxml={JUNIT / session.name}.xml"
        tool(session, "python", "-m", "pytest", "tests/build/test_importer.py", "-q", junit)
        collection = unpacked(session, built)
        with session.chdir(collection):
            session.run("ansible-lint", *IMPORTER_LINT, env={"ANSIBLE_COLLECTIONS_PATH": str(collection.parents[1])})
        lint_event_sources(session, collection)


def lint_event_sources(session: nox.Session, collection: Path) -> None:
    """Run ruff and pylint over the event sources with the settings that galaxy-importer has for Automation Hub."""
    source = "import galaxy_importer as module; print(module.__path__[0])"
    tox = configparser.RawConfigParser()
    tox.read(Path(output_of(session, "python", "-c", source).strip(), "ansible_test", "container", "eda", "tox.ini"))
    for environment in ("ruff", "pylint-event-source"):
        # There a leading dash makes a remark harmless. Here it is none.
        command = tox[f"testenv:{environment}"]["commands"].removeprefix("- ").replace("{posargs}", str(collection))
        isolated = " --isolated" if environment == "ruff" else ""
        session.run("sh", "-c", command + isolated, external=True)


# -- Each ansible-core: units, and every sanity test of ansible-test with nothing ignored ------------------------------


for _core in CORES:

    @nox.session(name=f"units-{_core.version}", python=_core.python, tags=["units"])
    def units(session: nox.Session, core: Core = _core) -> None:
        """Run the unit tests: all on the newest ansible-core, no `once` on the oldest, nor `twice` on those between."""
        install(session, core.lock)
        left_out = "" if core is NEWEST else "not once" if core is OLDEST else "not once and not twice"
        junit = f"--junitxml={JUNIT / session.name}.xml"
        session.run("python", "-m", "pytest", "tests/unit", "-q", "-n", "2", "-m", left_out, junit, *session.posargs)


@nox.session(name="units-quick", venv_backend="none", tags=["check"])
def units_quick(session: nox.Session) -> None:
    """Run the unit tests but those marked `once` on the ansible-core of .venv."""
    tool(session, "python", "-m", "pytest", "tests/unit", "-q", "-n", "2", "-m", "not once", *session.posargs)


for _core in CORES:
    if not (_core.sanity or _core is NEWEST):
        continue

    @nox.session(name=f"sanity-{_core.version}", python=_core.python, allow_parallel=True, tags=["lint", "sanity"])
    def sanity(session: nox.Session, core: Core = _core) -> None:
        """Run every sanity test, none ignored, in the unpacked tarball, as Automation Hub does."""
        ignores = [path.name for path in CHECKOUT.glob("tests/sanity/ignore-*.txt")]
        if ignores:
            session.error(f"nothing is ignored in this collection, so there must be no {', '.join(ignores)}")
        install(session, core.lock)
        home = CACHE / "ansible-test" / core.version
        bring_pip(str(Path(session.bin) / "python"), home)
        session.chdir(unpacked(session, tarball(session)))
        python = Path(core.python).name.removeprefix("python")
        command = ("ansible-test", "sanity", "--local", "--python", python, "--color", "no")
        session.run(*command, *session.posargs, env={"HOME": str(home), "LC_ALL": "C.UTF-8"})


def unpacked(session: nox.Session, built: Path) -> Path:
    """Unpack a tarball where ansible-test takes it for a collection, and return the folder."""
    root = CACHE / "unpacked" / session.name
    shutil.rmtree(root, ignore_errors=True)
    with tarfile.open(built) as archive:
        archive.extractall(root / COLLECTION, filter="data")
    output_of(session, "git", "init", "--quiet", str(root / COLLECTION))
    return root / COLLECTION


# -- Integration, and roles on pretend hosts -------------------------------------------------------------------------


@nox.session(venv_backend="none", tags=["integration"])
def integration(session: nox.Session) -> None:
    """Playbooks, documents and the demo against a tenant in a box, with a real broker."""
    junit = f"--junitxml={JUNIT / 'integration.xml'}"
    tool(session, "python", "-m", "pytest", "tests/integration", "-q", "-n", "2", junit, *session.posargs)


@nox.session(name=f"rulebook-{RENDERS_ALL.version}", python=RENDERS_ALL.python, tags=["integration"])
def rulebook(session: nox.Session) -> None:
    """Hostile names, and the bad days of a response, where Ansible renders every variable."""
    install(session, RULEBOOK_LOCK)
    session.env["ANSIBLE_RULEBOOK"] = str(Path(session.bin) / "ansible-rulebook")
    junit = f"--junitxml={JUNIT / session.name}.xml"
    tool(session, "python", "-m", "pytest", "tests/integration", "-q", "-n", "2", "-k", "templates or bad_days", junit)


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
    chosen = ("-n", "2", "--dist", "worksteal") if "--all" in session.posargs else ("-m", "fast")
    arguments = [argument for argument in session.posargs if argument != "--all"]
    return ("tests/roles", "-q", f"--junitxml={JUNIT / session.name}.xml", *chosen, *arguments)


@nox.session(venv_backend="none", default=False)
def environments(session: nox.Session) -> None:
    """Build execution environment, decision environment and the consumer's image, and run each as a user would."""
    if os.geteuid() != 0:
        session.skip("podman builds and runs them as root")
    junit = f"--junitxml={JUNIT / 'environments.xml'}"
    tool(session, "python", "-m", "pytest", "tests/environments", "-q", junit, *session.posargs)


@nox.session(python=IMPORTER_PYTHON, default=False)
def mutation(session: nox.Session) -> None:
    """Change the engine in every way that cosmic-ray knows, list what no test notices; `-- judgement` picks modules."""
    install(session, MUTATION_LOCK)
    program = ("--cosmic-ray", str(Path(session.bin) / "cosmic-ray"))
    command = (str(TOOLS / "python"), "-m", "mutation", *program, *session.posargs)
    session.run(*command, env={"PYTHONPATH": str(CHECKOUT / "tests")}, external=True)


# -- By hand: release notes and pins ---------------------------------------------------------------------------------


RELEASE_NOTES = ("CHANGELOG.md", "changelogs/changelog.yaml")


@nox.session(venv_backend="none", default=False)
def release(session: nox.Session) -> None:
    """Write CHANGELOG.md for the version in galaxy.yml, from the fragments and the plugins; may be repeated."""
    copy = collection_copy(session)
    write_release_notes(session, copy)
    for name in RELEASE_NOTES:
        shutil.copy(copy / name, CHECKOUT / name)


def write_release_notes(session: nox.Session, copy: Path, keep_date: bool = False) -> None:
    """Write the notes of the version in galaxy.yml into a copy of the checkout, anew: a refresh loses playbooks."""
    version = yaml.safe_load((copy / "galaxy.yml").read_text())["version"]
    file = copy / "changelogs" / "changelog.yaml"
    notes = yaml.safe_load(file.read_text())
    before = notes["releases"].pop(version, {})
    file.write_text(yaml.safe_dump(notes))
    date = ("--date", before["release_date"]) if keep_date and before else ()
    session.chdir(copy)
    tool(session, "antsibull-changelog", "release", "--reload-plugins", *date)


@nox.session(venv_backend="none", default=False)
def lock(session: nox.Session) -> None:
    """Pin the environments anew; `-- --upgrade` takes newer releases."""
    write_readme_table()
    session.chdir(CHECKOUT / "requirements")
    compile_lock(session, str(TOOLS / "python"), "dev.in", "dev.lock")
    for core in CORES:
        # On the oldest Python that the core supports: what is pinned there installs on the later ones too.
        python, exact = pip_tools(session, min(core.pythons)), f"ansible-core=={core.release}"
        compile_lock(session, python, "tests.in", str(core.lock), exact)
        if core is RENDERS_ALL:
            compile_lock(session, python, "rulebook.in", str(RULEBOOK_LOCK), exact)
    for name, exact_ones in IMPORTERS.items():
        python = pip_tools(session, "3.12")
        compile_lock(session, python, "importer.in", str(IMPORTER_LOCKS / f"{name}.lock"), *exact_ones)
    compile_lock(session, pip_tools(session, "3.12"), "mutation.in", str(MUTATION_LOCK))


def pip_tools(session: nox.Session, version: str) -> str:
    """Return a Python of this version that has pip-tools."""
    python, environment = interpreter(version), CACHE / "lock" / version
    if python is None:
        session.error(f"to pin the environments, Python {version} is needed")
    if not environment.exists():
        session.run(python, "-m", "venv", str(environment), external=True)
        session.run(str(environment / "bin" / "pip"), "install", "--quiet", "pip-tools", external=True)
    return str(environment / "bin" / "python")


def compile_lock(session: nox.Session, python: str, source: str, target: str, *exact: str) -> None:
    """Turn a list of requirements into pins that name no package index and no folder of this machine."""
    session.run(
        *(python, "-m", "piptools", "compile", "--quiet", "--strip-extras", "--annotation-style", "line"),
        *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
        *(f"--upgrade-package={requirement}" for requirement in exact),
        *(*session.posargs, "--output-file", os.path.relpath(target), source),
        env={"CUSTOM_COMPILE_COMMAND": "make lock"},
        external=True,
    )
