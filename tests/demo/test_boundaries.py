"""The demo and the tool know nothing of each other, and the demo runs as plain files."""

import ast
import http.client
import json
import os
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
import run_demo
from shop.extensions import db

ROOT_PACKAGES = {"desktop", "embedded_server", "main"}
# Names only the demo has. Words any application may use (orders, users, sessions...) say nothing, and
# run_demo is the door through which the tool starts it.
NAMES = (
    *("shop", "order_lines", "order_line", "orderline", "coupon", "coupons", "revenue_by_day", "stock_low"),
    *("order_status", "Hearth & Trail", "orders/recent", "reviews/top", "newest_orders", "Deniz"),
    *("ix_orders_status_created_at", "demo@example.org"),
)


def python_files(folder):
    return [path for path in folder.rglob("*.py") if "__pycache__" not in path.parts]


def test_the_names_are_really_the_demos(demo_folder):
    text = "\n".join(
        p.read_text(encoding="utf-8") for p in demo_folder.rglob("*") if p.suffix in {".py", ".html", ".md"}
    )
    found = {name for name in NAMES if name.lower() in text.replace("&amp;", "&").lower()}
    assert found == set(NAMES) - {"ix_orders_status_created_at"} - ({"orderline"} - found)
    distinctive = {name for name in db.metadata.tables if "_" in name} - {"audit_log"}
    assert distinctive <= set(NAMES)


@pytest.mark.parametrize("package", ["desktop", "embedded_server"])
def test_the_tool_names_nothing_of_the_demo(demo_folder, package):
    words = re.compile(
        r"(?<![A-Za-z])(" + "|".join(re.escape(name) for name in NAMES) + r")(?![A-Za-z])", re.IGNORECASE
    )
    folder = demo_folder.parents[1] / package
    found = [
        f"{path.relative_to(folder.parent)}:{number}: {line.strip()[:100]}"
        for path in folder.rglob("*")
        if path.suffix in {".py", ".toml", ".json", ".md", ".html", ".sql"}
        and "__pycache__" not in path.parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if words.search(line)
    ]
    assert found == []


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.split(".")[0]


def test_the_demo_imports_nothing_of_the_tool(demo_folder):
    allowed = {"alembic", "flask", "flask_login", "flask_migrate", "flask_sqlalchemy", "flask_wtf"}
    allowed |= {"sqlalchemy", "werkzeug", "wtforms"}
    own = {"shop", "generator", "generate", "run_demo"}
    for path in python_files(demo_folder):
        names = set(imported(path))
        assert not names & ROOT_PACKAGES, path
        assert names - own - sys.stdlib_module_names <= allowed, path


def child_environment():
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


def test_flask_finds_the_application_and_its_migrations(demo_folder, database):
    command = [sys.executable, "-m", "flask", "--app", "shop", "db", "check"]
    environment = {**child_environment(), "DATABASE_URL": f"sqlite:///{database}"}
    done = subprocess.run(
        command, cwd=demo_folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "No new upgrade operations detected" in done.stdout


def test_serve_answers_over_http_and_stops_with_its_parent(demo_folder, database, tmp_path):
    command = [sys.executable, str(demo_folder / "run_demo.py"), "serve", "--port", "0", "--stop-with-stdin"]
    command += ["--url", f"sqlite:///{database}"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        ready = json.loads(child.stdout.readline())
        assert ready["step"] == "ready" and ready["user"]["email"] == "demo@example.org"
        address = urlsplit(ready["url"])
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)
        for path in ("/orders/recent", "/api/products?limit=1"):
            connection.request("GET", path)
            response = connection.getresponse()
            assert response.status == 200 and response.version == 11 and response.read()
        connection.close()
        _, errors = child.communicate(timeout=30)
    assert child.returncode == 0, errors
    assert "INFO werkzeug" in errors and "Traceback" not in errors


def test_serve_says_what_to_do_about_an_empty_database(tmp_path, capsys):
    assert run_demo.main(["serve", "--url", f"sqlite:///{tmp_path}/none.db"]) == 2
    assert "generate" in capsys.readouterr().err


def test_generate_and_upgrade_through_the_one_command(tmp_path, capsys):
    url = f"sqlite:///{tmp_path}/made.db"
    assert run_demo.main(["upgrade", "--url", url, "--revision", "4a1c7be02d91"]) == 0
    assert run_demo.main(["upgrade", "--url", url]) == 0
    assert run_demo.main(["generate", "--url", url, "--orders", "3", "--replace"]) == 0
    assert "Sign in as demo@example.org" in capsys.readouterr().out
