"""Finds migration projects in a folder and what is needed to run them, without running anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from embedded_server.wire.migrations import Project, ProjectKind, Settings
from embedded_server.wire.problem import problem

from .configuration import Configuration, from_ini, from_pyproject
from .graph import Graph, read_graph
from .hints import hints

DEPTH = 6
MOST_FOLDERS = 2000
# A configuration file lies at most this many folders above its scripts.
ABOVE = 4
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "build", "dist", "versions"})


def discover(folder: Path) -> list[Project]:
    """Every project below a folder, those nearest to it first; a script folder only once."""
    found: dict[str, Project] = {}
    for place, names in _folders(folder):
        for project in _in_folder(place, names):
            found.setdefault(project.folder, project)
    return list(found.values())


def locate(text: str, settings: Settings | None = None) -> Project:
    """The project that a request means. Raises migrations.no_project, migrations.many_projects."""
    if not text.strip():
        raise problem("migrations.no_project", detail="no folder was given")
    path = Path(os.path.expanduser(text)).absolute()
    if path.is_file():
        project = _of_file(path, settings.section if settings else "")
        found = [project] if project else []
    elif path.is_dir():
        found = list(_in_folder(path, os.listdir(path))) or discover(path)
    else:
        raise problem("migrations.no_project", detail=text, hint="There is no such folder.")
    if not found:
        hint = "Look for alembic.ini, [tool.alembic] in pyproject.toml, or a folder with env.py and versions."
        raise problem("migrations.no_project", detail=str(path), hint=hint)
    if len(found) > 1:
        listed = "\n".join(project.folder for project in found)
        raise problem("migrations.many_projects", detail=listed, hint="Name one of these folders.")
    if settings is None:
        return found[0]
    return with_settings(found[0], settings)


def with_settings(project: Project, saved: Settings) -> Project:
    """A project with what the user set; what is not set stays as found out."""
    merged = {
        name: getattr(saved, name) or getattr(project.settings, name) for name in Settings.__struct_fields__
    }
    return msgspec.structs.replace(
        project, settings=Settings(**merged), root=str(merged["root"] or project.root)
    )


def graph_of(project: Project) -> Graph:
    """The project's revisions."""
    recursive = False
    if project.config:
        configuration = _configuration(Path(project.config), project.settings.section)
        recursive = configuration.recursive if configuration else False
    return read_graph(Path(project.root), map(Path, project.versions), recursive)


def _folders(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Folders that may hold a project, breadth first."""
    waiting, seen = [(folder, 0)], 0
    while waiting and seen < MOST_FOLDERS:
        place, depth = waiting.pop(0)
        seen += 1
        try:
            with os.scandir(place) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        names = [entry.name for entry in listed]
        if "pyvenv.cfg" in names:
            continue
        yield place, names
        if depth < DEPTH:
            waiting += [(place / entry.name, depth + 1) for entry in listed if _worth(entry)]


def _worth(entry: os.DirEntry[str]) -> bool:
    try:
        is_folder = entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
    return is_folder and entry.name not in _SKIPPED and not entry.name.startswith(".")


def _in_folder(place: Path, names: list[str]) -> Iterator[Project]:
    for name in ("alembic.ini", "pyproject.toml"):
        project = _of_file(place / name) if name in names else None
        if project is not None:
            yield project
            return
    if "env.py" in names and (place / "versions").is_dir():
        script = place.resolve()
        yield _configured_above(script) or _project(None, script, (script / "versions",))


def _configured_above(script: Path) -> Project | None:
    """A folder of scripts may be named by itself; its configuration lies in a folder above."""
    for folder in list(script.parents)[:ABOVE]:
        for name in ("alembic.ini", "pyproject.toml"):
            path = folder / name
            found = _configuration(path, "") if path.is_file() else None
            if found is not None and found.script == script:
                return _project(found, script, found.versions)
    return None


def _of_file(path: Path, section: str = "") -> Project | None:
    found = _configuration(path, section)
    if found is None or not (found.script / "env.py").is_file():
        return None
    return _project(found, found.script, found.versions)


def _configuration(path: Path, section: str) -> Configuration | None:
    if path.suffix == ".toml":
        return from_pyproject(path)
    return from_ini(path, section)


def _project(found: Configuration | None, script: Path, versions: tuple[Path, ...]) -> Project:
    environment = (script / "env.py").read_bytes().decode("utf-8", "replace")
    beside = found is None or found.file.parent.resolve() == script
    near = script.parent if beside or found is None else found.file.parent.resolve()
    kind: ProjectKind = "plain" if found is None else "alembic"
    if found is not None and found.file.suffix == ".toml":
        kind = "pyproject"
    if "current_app" in environment and "migrate" in environment:
        kind = "flask"
    root = _above_packages(near) if kind in ("flask", "plain") else near
    settings, notes = hints(near, root, script, kind)
    if found is not None and found.section != "alembic":
        settings = msgspec.structs.replace(settings, section=found.section)
    return Project(
        folder=str(script),
        name=_name(near, script),
        kind=kind,
        script=str(script),
        versions=[str(place) for place in versions],
        config=str(found.file) if found is not None else "",
        root=str(root),
        settings=settings,
        notes=notes,
    )


def _name(near: Path, script: Path) -> str:
    """What a project is called in a list."""
    if not script.is_relative_to(near):
        return script.name
    usual = script.name in ("migrations", "alembic") and script.parent == near
    return near.name if usual else f"{near.name}/{script.relative_to(near)}"


def _above_packages(folder: Path) -> Path:
    """Where a package can be imported from: the first folder above that is none itself."""
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder
