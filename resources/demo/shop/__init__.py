"""A small shop: storefront, packing bench and back office on Flask and SQLAlchemy."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate

from . import admin, api, auth, cart, catalogue, errors, orders
from .config import settings
from .extensions import csrf, db, login_manager
from .formats import register_filters
from .logs import configure_logging

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def create_app(database_url: str | None = None, **overrides: Any) -> Flask:
    """Build the application; without a URL it reads DATABASE_URL, else uses instance/shop.db.

    Further keyword arguments override settings of shop.config, e.g. ``WTF_CSRF_ENABLED=False``.
    """
    app = Flask(__name__)
    app.config.update(settings(database_url, Path(app.instance_path)))
    app.config.update(overrides)
    configure_logging(app)
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, transaction_per_migration=True)
    csrf.init_app(app)
    login_manager.init_app(app)
    register_filters(app)
    for module in (auth, catalogue, cart, orders, admin, api):
        app.register_blueprint(module.blueprint)
    errors.register(app)
    return app
