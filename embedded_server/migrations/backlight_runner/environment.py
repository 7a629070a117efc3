"""The project's own Alembic environment: configuration, application, URL."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from collections.abc import Iterator
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

from .channel import Channel
from .target import Target, driver_of, family


class Environment:
    """What a command needs; `script` reads the revisions."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.script = ScriptDirectory.from_config(config)


def prepare(job: dict[str, Any], target: Target | None) -> None:
    """Set the variables of this process, before anything of the project is imported."""
    os.environ.update({str(name): str(value) for name, value in (job.get("variables") or {}).items()})
    variable = job.get("url_variable")
    if variable and target is not None:
        like = driver_of(os.environ.get(variable))
        url = target.url(like, _asynchronous(job))
        os.environ[variable] = url.render_as_string(hide_password=False)
    if job.get("app"):
        os.environ["FLASK_APP"] = str(job["app"])
    os.environ["FLASK_RUN_FROM_CLI"] = "true"


@contextlib.contextmanager
def opened(job: dict[str, Any], target: Target | None, channel: Channel) -> Iterator[Environment]:
    """The environment; for Flask-Migrate inside the application's context."""
    if job["kind"] != "flask" or not job.get("run_environment", True):
        yield Environment(_configured(_plain_config(job), job, target))
        return
    channel.say("phase", text="importing the application")
    cli = importlib.import_module("flask.cli")
    app = cli.ScriptInfo(app_import_path=job.get("app") or None).load_app()
    with app.app_context():
        extension = app.extensions.get("migrate")
        if extension is None:
            raise RuntimeError("the application %r has no Flask-Migrate" % app.name)
        migrate = getattr(extension, "migrate", extension)
        config = migrate.get_config(job["script"])
        yield Environment(_configured(config, job, target))


def _plain_config(job: dict[str, Any]) -> Config:
    path, section = job.get("config") or "", job.get("section") or "alembic"
    buffer = io.StringIO()
    if path.endswith(".toml"):
        ini = os.path.join(os.path.dirname(path), "alembic.ini")
        found: Any = ini if os.path.exists(ini) else None
        return Config(found, ini_section=section, toml_file=path, output_buffer=buffer, stdout=io.StringIO())
    return Config(path or None, ini_section=section, output_buffer=buffer, stdout=io.StringIO())


def _configured(config: Config, job: dict[str, Any], target: Target | None) -> Config:
    config.set_main_option("script_location", str(job["script"]).replace("%", "%%"))
    if config.cmd_opts is None:
        config.cmd_opts = _Options()  # type: ignore[assignment]
    config.cmd_opts.autogenerate = job["do"] == "autogenerate"  # type: ignore[union-attr]
    if target is not None:
        like = driver_of(config.get_main_option("sqlalchemy.url"))
        if family(like) != target.engine:
            like = ""
        text = target.url(like, _asynchronous(job)).render_as_string(hide_password=False)
        config.set_section_option(config.config_ini_section, "sqlalchemy.url", text.replace("%", "%%"))
    return config


class _Options:
    """What env.py may ask of the command line's options."""

    x: Any = None
    autogenerate = False
    raiseerr = True


def _asynchronous(job: dict[str, Any]) -> bool:
    try:
        with open(os.path.join(job["script"], "env.py"), encoding="utf-8", errors="replace") as file:
            return "async_engine" in file.read()
    except OSError:
        return False
