"""How values are written on the pages and in searches."""

from datetime import datetime
from decimal import Decimal

from flask import Flask


def money(value: Decimal | float | None) -> str:
    """An amount with thousands grouped: 1,234.50 €."""
    return "" if value is None else f"{value:,.2f} €"


def moment(value: datetime | None) -> str:
    """An instant to the minute: 2026-11-23 17:21."""
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M")


def anywhere(text: str) -> str:
    """The LIKE pattern (escape character: /) of a text that may stand anywhere."""
    return "%" + text.replace("/", "//").replace("%", "/%").replace("_", "/_") + "%"


def register_filters(app: Flask) -> None:
    """Make the formats available to templates."""
    app.template_filter("money")(money)
    app.template_filter("moment")(moment)
