"""Names as the database has them, and as SQLAlchemy's reflection wants them.

Where unquoted names are folded to capitals SQLAlchemy shows them in lower case; quoting such a name
would then name something else. Here names are always the database's own.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql import quoted_name


class Names:
    """Translates both ways for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect: Any = dialect
        self.folds = bool(getattr(dialect, "requires_name_normalize", False))

    def real(self, name: str) -> str:
        """The name as the database stores it, from what reflection gave."""
        if not self.folds or getattr(name, "quote", None):
            return str(name)
        return str(self._dialect.denormalize_name(name))

    def asked(self, name: str) -> str:
        """The name to give to reflection."""
        if not self.folds:
            return name
        normal = self._dialect.normalize_name(name)
        return normal if normal != name else quoted_name(name, quote=True)

    def all(self, names: list[str]) -> list[str]:
        """Several real names."""
        return [self.real(name) for name in names]
