"""How each foreign application is started, and a session of real requests to it.

Nothing of an application is changed: its command, its settings file and its environment variables are those
its own manual names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.wild.application import Application
from tests.wild.environments import environment
from tests.wild.visitor import Answer, Visitor

Command = list[str | Path]
SECRET = "tests only, never a real one"


@dataclass(frozen=True)
class Wild:
    """An application: ``module`` is what Flask and gunicorn are pointed at."""

    name: str
    module: str
    health: str

    def flask(self, *options: str) -> Command:
        """Flask's development server; ``--debug`` among the options turns the reloader on."""
        flask = environment(self.name) / "flask"
        return [flask, "--app", self.module, "run", "--port", "{port}", *options]

    def gunicorn(self, workers: int = 2, *options: str) -> Command:
        target = self.module if ":" in self.module else f"{self.module}:{GUNICORN_NAME[self.name]}"
        program = environment(self.name) / "gunicorn"
        return [program, "-w", str(workers), "-b", "127.0.0.1:{port}", *options, target]

    def settings(self, folder: Path, url: str = "", echo: bool = False) -> dict[str, str]:
        """The environment for a database at ``url``, a new SQLite file in ``folder`` if none is given.

        ``echo``: the application logs its own SQL, as its settings allow.
        """
        return SETTINGS[self.name](folder, url or f"sqlite:///{folder / 'wild.db'}", echo)

    def application(
        self,
        folder: Path,
        url: str = "",
        command: Command | None = None,
        before: Sequence[str | Path] = (),
        echo: bool = False,
    ) -> Application:
        """Not started yet; ``before`` are words put in front of the command."""
        folder.mkdir(exist_ok=True)
        words = [*before, *(command or self.flask())]
        return Application(words, folder, self.settings(folder, url, echo), self.health)


def _mlflow_settings(folder: Path, url: str, echo: bool) -> dict[str, str]:
    return {
        "MLFLOW_SQLALCHEMYSTORE_ECHO": str(echo).lower(),
        "_MLFLOW_SERVER_FILE_STORE": url,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": str(folder / "artifacts"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": SECRET,
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def _ihatemoney_settings(folder: Path, url: str, echo: bool) -> dict[str, str]:
    file = folder / "ihatemoney.cfg"
    lines = [f"SQLALCHEMY_DATABASE_URI = {url!r}", f"SECRET_KEY = {SECRET!r}", f"SQLALCHEMY_ECHO = {echo}"]
    file.write_text("\n".join([*lines, "SESSION_COOKIE_SECURE = False", "RATELIMIT_ENABLED = False", ""]))
    return {"IHATEMONEY_SETTINGS_FILE_PATH": str(file)}


SETTINGS = {"mlflow": _mlflow_settings, "ihatemoney": _ihatemoney_settings}
GUNICORN_NAME = {"mlflow": "app", "ihatemoney": "application"}
MLFLOW = Wild("mlflow", "mlflow.server", "/health")
IHATEMONEY = Wild("ihatemoney", "ihatemoney.wsgi", "/healthcheck")
API = "/api/2.0/mlflow"
PAYER = re.compile(r'<select[^>]*name="payer"[^>]*>(.*?)</select>', re.DOTALL)


@dataclass
class Experiment:
    """What a session with mlflow made."""

    id: str
    runs: list[str] = field(default_factory=list)


def mlflow_session(visitor: Visitor, name: str = "trees", runs: int = 3) -> Experiment:
    """Create an experiment with runs, give each a parameter, a metric and a tag, and search among them."""
    made = Experiment(visitor.call(f"{API}/experiments/create", {"name": name}).json["experiment_id"])
    for number in range(runs):
        body = {"experiment_id": made.id, "run_name": f"{name} {number}", "start_time": 1_700_000_000_000}
        run = visitor.call(f"{API}/runs/create", body).json["run"]["info"]["run_id"]
        made.runs.append(run)
        visitor.call(f"{API}/runs/log-parameter", {"run_id": run, "key": "depth", "value": str(number)})
        metric = {"run_id": run, "key": "error", "value": number / 8, "timestamp": 1_700_000_000_001}
        visitor.call(f"{API}/runs/log-metric", metric)
        visitor.call(f"{API}/runs/set-tag", {"run_id": run, "key": "kind", "value": name})
    found = mlflow_search(visitor, made.id, "metrics.error >= 0.125").json["runs"]
    assert len(found) == runs - 1
    return made


def mlflow_search(visitor: Visitor, experiment: str, condition: str = "") -> Answer:
    """Runs of an experiment that meet a condition, best first."""
    body = {"experiment_ids": [experiment], "filter": condition, "order_by": ["metrics.error ASC"]}
    return visitor.call(f"{API}/runs/search", body | {"max_results": 50})


def ihatemoney_session(visitor: Visitor, name: str = "holiday", bills: int = 3) -> str:
    """Create a project through its forms, add two members and some bills, list and balance them."""
    fields = [("name", name), ("password", "sand"), ("contact_email", "a@example.org")]
    made = visitor.submit("/create", [*fields, ("default_currency", "XXX")])
    assert made.header("Location").endswith(f"/{name}/")
    for member in ("Ada", "Grace"):
        page, fields = f"/{name}/members/add", [("name", member), ("weight", "1")]
        visitor.submit(page, fields, page=f"/{name}/")
    for number in range(bills):
        ihatemoney_bill(visitor, name, f"bill {number}")
    listed = visitor.get(f"/{name}/").text
    assert all(f"bill {number}" in listed for number in range(bills))
    assert "Ada" in visitor.get(f"/{name}/settle_bills").text
    return name


def ihatemoney_bill(visitor: Visitor, name: str, what: str, amount: str = "12.50") -> Answer:
    """One bill that the first member paid for all."""
    payers = PAYER.search(visitor.get(f"/{name}/add").text)
    assert payers is not None, "the form has no payer"
    members = re.findall(r'value="(\d+)"', payers.group(1))
    fields = [("date", "2024-05-01"), ("what", what), ("payer", members[0]), ("amount", amount)]
    fields += [("original_currency", "XXX"), *(("payed_for", member) for member in members)]
    return visitor.submit(f"/{name}/add", [*fields, ("bill_type", "Expense")])


def ihatemoney_sign_in(visitor: Visitor, name: str) -> Answer:
    """Log in with the project's code, through the form and its token."""
    return visitor.submit("/authenticate", [("id", name), ("password", "sand")])
