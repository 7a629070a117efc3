"""The demo shop as its users have it: imported by path, on a real generated SQLite database."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo"
sys.path.insert(0, str(DEMO))

from generator.build import build  # noqa: E402
from generator.fill import FULL_SIZE  # noqa: E402
from shop import create_app  # noqa: E402
from shop.extensions import db  # noqa: E402

from tests.servers.base import once, server_root  # noqa: E402

ORDERS = 1500
SEED = 7


@pytest.fixture(scope="session")
def demo_folder():
    return DEMO


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """A filled database that no test changes, and what its generator reported."""
    path = tmp_path_factory.mktemp("demo") / "shop.db"
    steps = []
    counts = build(f"sqlite:///{path}", ORDERS, SEED, lambda *step: steps.append(step))
    return path, counts, steps


@pytest.fixture(scope="session")
def full_size():
    """The database that the demo itself makes, once in a run; no test changes it."""
    path = server_root() / "full-shop.db"

    def make():
        build(f"sqlite:///{path}", FULL_SIZE, SEED, lambda *step: None)
        return {}

    once(server_root(), "full-shop", make)
    return path


@pytest.fixture
def database(generated, tmp_path):
    """A copy of the filled database, for the test to change."""
    return Path(shutil.copy(generated[0], tmp_path / "shop.db"))


@pytest.fixture
def app(database):
    """The application on its own copy, inside an application context."""
    application = create_app(f"sqlite:///{database}")
    with application.app_context():
        hurry(db.engine)
        yield application
        db.session.remove()
        db.engine.dispose()


def hurry(engine):
    """Tests need no protection from a power cut."""
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))


class Visitor:
    """A browser: keeps cookies, and reads the CSRF token from the page like a browser's script would."""

    def __init__(self, application):
        self.client = application.test_client()

    def get(self, path, **options):
        return self.client.get(path, **options)

    def token(self):
        page = self.get("/login", follow_redirects=True).text
        return re.search(r'<meta name="csrf-token" content="([^"]+)"', page).group(1)

    def post(self, path, data=None, **options):
        return self.client.post(path, data={**(data or {}), "csrf_token": self.token()}, **options)

    def call(self, path, token=None):
        """A writing call of the API, with the token in a header."""
        return self.client.post(path, headers={"X-CSRFToken": token or self.token()})

    def sign_in(self, password="demo"):
        return self.post("/login", {"email": "demo@example.org", "password": password})


@pytest.fixture
def visitor(app):
    return Visitor(app)


@pytest.fixture
def statements(app):
    """Every statement that reaches the database, in order."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(" ".join(statement.split()))

    event.listen(db.engine, "before_cursor_execute", note)
    return seen
