"""Structure through SQLAlchemy's inspector, call by call: what fails is named and the rest is shown."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from msgspec import structs
from sqlalchemy import Connection, MetaData, Table, event, inspect
from sqlalchemy.engine.reflection import ObjectKind as AnyKind
from sqlalchemy.exc import NoSuchTableError, SAWarning, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from embedded_server.engines.base import Catalog
from embedded_server.engines.support.hearing import Hear, telling
from embedded_server.engines.support.kinds import kind_of
from embedded_server.wire.data import (
    CatalogSchema,
    CatalogTable,
    Check,
    Column,
    ForeignKey,
    ForeignTarget,
    Index,
    ObjectKind,
    Reference,
    TableResponse,
)
from embedded_server.wire.problem import problem

from .names import Names

_MOST_SEARCHED = 300


class Reflector:
    """Asks the inspector of one connection; each failure is rolled back, for it may have left an
    aborted transaction behind, and becomes a warning."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._inspector: Any = inspect(connection)
        self._names = Names(connection.dialect)
        self.warnings: list[str] = []

    def ask(self, part: str, work: Callable[[], Any], otherwise: Any) -> Any:
        """The answer of one call, or `otherwise` with a warning; what SQLAlchemy warns of is shown too."""
        try:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always", SAWarning)
                answer = work()
            self.warnings += [str(item.message) for item in told if str(item.message) not in self.warnings]
            return answer
        except NoSuchTableError:
            raise
        except (SQLAlchemyError, RuntimeError, AttributeError, KeyError, TypeError) as error:
            self._connection.rollback()
            cause = getattr(error, "orig", None) or error
            self.warnings.append(f"{part} could not be read: {str(cause) or type(cause).__name__}")
            return otherwise

    @property
    def default_schema(self) -> str:
        """The schema that unqualified names mean, "" where there are none."""
        return self._inspector.default_schema_name or ""

    # --- catalogue -------------------------------------------------------------------------------

    def catalog(self, schema: str | None, *, columns: bool) -> Catalog:
        """Names of schemas, and of tables and views of the one asked for."""
        schemas = self.ask("schemas", lambda: list(self._inspector.get_schema_names()), [])
        default = self.default_schema
        wanted = schema if schema is not None else default
        if not schemas:
            schemas = [default]
        if wanted not in schemas:
            schemas = [wanted, *schemas] if wanted == default else schemas
        shown = [wanted] if schema is not None else schemas
        found = [
            CatalogSchema(name, self._tables(name, columns), default=name == default)
            if name == wanted
            else CatalogSchema(name, loaded=False)
            for name in shown
        ]
        return Catalog(found, default, self.warnings)

    def _tables(self, schema: str, columns: bool) -> list[CatalogTable]:
        asked = schema or None
        kinds: list[tuple[ObjectKind, str]] = [
            ("table", "get_table_names"),
            ("view", "get_view_names"),
            ("materialized view", "get_materialized_view_names"),
        ]
        found: dict[str, ObjectKind] = {}
        for kind, call in kinds:
            missing = kind == "materialized view"
            names = self._names_by(call, asked, silent=missing)
            found |= dict.fromkeys(self._names.all(names), kind)
        by_table = self._column_names(asked, list(found)) if columns else {}
        return [
            CatalogTable(name, kind, columns=by_table.get(name, []))
            for name, kind in sorted(found.items(), key=lambda item: item[0].lower())
        ]

    def _names_by(self, call: str, schema: str | None, *, silent: bool) -> list[str]:
        if silent:  # few dialects have these; not to have them is no warning
            before = len(self.warnings)
            names: list[str] = self.ask(call, lambda: list(getattr(self._inspector, call)(schema=schema)), [])
            del self.warnings[before:]
            return names
        part = call.removeprefix("get_").replace("_", " ")
        found: list[str] = self.ask(part, lambda: list(getattr(self._inspector, call)(schema=schema)), [])
        return found

    def _column_names(self, schema: str | None, tables: list[str]) -> dict[str, list[str]]:
        if self._names.folds:  # the one call for all tables mixes up names that differ only in case
            return {name: self._columns_of(name, schema) for name in tables}

        def read() -> dict[str, list[str]]:
            from_all = self._inspector.get_multi_columns(schema=schema, kind=AnyKind.ANY)
            return {
                self._names.real(key[1]): [self._names.real(column["name"]) for column in columns]
                for key, columns in from_all.items()
            }

        found: dict[str, list[str]] = self.ask("column names", read, {})
        return found

    def _columns_of(self, name: str, schema: str | None) -> list[str]:
        asked = self._names.asked(name)
        found = self.ask(f"columns of {name}", lambda: list(self._inspector.get_columns(asked, schema)), [])
        return [self._names.real(column["name"]) for column in found]

    # --- one table -------------------------------------------------------------------------------

    def table(self, schema: str, name: str, *, whole: bool) -> TableResponse:
        """Structure of a table or view. Raises data.unknown_table."""
        asked, where = self._names.asked(name), schema or None
        call = self._inspector
        if not self.ask("existence", lambda: self._exists(asked, where), True):
            raise problem("data.unknown_table", f"There is no table or view {name}.")
        try:
            columns = self.ask("columns", lambda: list(call.get_columns(asked, where)), [])
        except NoSuchTableError as error:
            raise problem("data.unknown_table", f"There is no table or view {name}.") from error
        primary = self.ask("primary key", lambda: call.get_pk_constraint(asked, where), {})
        keys = self.ask("foreign keys", lambda: list(call.get_foreign_keys(asked, where)), [])
        unique = self.ask("unique keys", lambda: list(call.get_unique_constraints(asked, where)), [])
        views = self.ask("view names", lambda: list(call.get_view_names(where)), [])
        foreign = [self._foreign_key(key, schema) for key in keys]
        key = self._names.all(primary.get("constrained_columns") or [])
        shown = [self._column(column, key, foreign) for column in columns]
        is_view = name in self._names.all(views)
        response = TableResponse(
            name,
            schema,
            "view" if is_view else "table",
            shown,
            key,
            _row_key(shown, key, [self._names.all(item["column_names"]) for item in unique]),
            foreign,
            warnings=self.warnings,
        )
        return self._with_rest(response, asked, where, is_view=is_view) if whole else response

    def _exists(self, asked: str, where: str | None) -> bool:
        if self._inspector.has_table(asked, where):
            return True
        return asked in self._inspector.get_view_names(where)

    def _column(self, found: Any, key: list[str], foreign: list[ForeignKey]) -> Column:
        name = self._names.real(found["name"])
        type_ = self.ask(f"type of {name}", lambda: found["type"].compile(self._connection.dialect), "")
        targets = [item for item in foreign if item.columns == [name]]
        default = found.get("default")
        return Column(
            name,
            type_,
            kind_of(type_),
            found.get("nullable"),
            key.index(name) + 1 if name in key else 0,
            None if default is None else str(default),
            found.get("computed") is not None,
            comment=found.get("comment") or "",
            references=ForeignTarget(targets[0].target, targets[0].target_columns[0]) if targets else None,
        )

    def _foreign_key(self, found: Any, schema: str) -> ForeignKey:
        options = found.get("options") or {}
        return ForeignKey(
            self._names.real(found.get("name") or ""),
            self._names.all(found["constrained_columns"]),
            self._names.real(found["referred_table"]),
            self._names.all(found["referred_columns"]),
            found.get("referred_schema") or schema,
            options.get("ondelete") or "",
            options.get("onupdate") or "",
        )

    def _with_rest(
        self, response: TableResponse, asked: str, where: str | None, *, is_view: bool
    ) -> TableResponse:
        call = self._inspector
        if is_view:
            ddl = self.ask("view definition", lambda: call.get_view_definition(asked, where) or "", "")
            return structs.replace(response, ddl=ddl)
        indexes = self.ask("indexes", lambda: list(call.get_indexes(asked, where)), [])
        checks = self.ask("checks", lambda: list(call.get_check_constraints(asked, where)), [])
        return structs.replace(
            response,
            indexes=[self._index(item) for item in indexes],
            checks=[Check(str(item.get("name") or ""), item["sqltext"]) for item in checks],
            references=self._references(response.table, where),
            ddl=self.ask("definition", lambda: self._ddl(asked, where), ""),
        )

    def _index(self, found: Any) -> Index:
        terms = found.get("expressions") or [name or "expression" for name in found["column_names"]]
        return Index(self._names.real(found["name"] or ""), self._names.all(terms), bool(found["unique"]))

    def _ddl(self, asked: str, where: str | None) -> str:
        reflected = Table(asked, MetaData(), schema=where, autoload_with=self._connection)
        return str(CreateTable(reflected).compile(self._connection)).strip()

    def _references(self, name: str, where: str | None) -> list[Reference]:
        """Who refers here, where there are not too many tables to ask each of them."""
        tables = self.ask("table names", lambda: list(self._inspector.get_table_names(where)), [])
        if len(tables) > _MOST_SEARCHED:
            self.warnings.append(f"references to this table were not searched in {len(tables)} tables")
            return []
        found = self.ask("references", lambda: self._inspector.get_multi_foreign_keys(schema=where), {})
        return [
            Reference(
                self._names.real(child),
                self._names.all(key["constrained_columns"]),
                self._names.all(key["referred_columns"]),
                where or "",
                self._names.real(key.get("name") or ""),
            )
            for (_, child), keys in found.items()
            for key in keys
            if self._names.real(key["referred_table"]) == name
        ]

    def source(self, name: str, schema: str) -> str:
        """The definition of a view. Raises data.unsupported for anything else."""
        asked, where = self._names.asked(name), schema or None
        read = self._inspector.get_view_definition
        text: str = self.ask("view definition", lambda: read(asked, where) or "", "")
        if not text:
            detail = "; ".join(self.warnings) or "Only views have a source that SQLAlchemy can read."
            raise problem("data.unsupported", detail=detail)
        return text


def _row_key(columns: list[Column], primary: list[str], unique: list[list[str]]) -> list[str]:
    if primary:
        return primary
    required = {column.name for column in columns if column.nullable is False}
    return next((names for names in unique if names and required.issuperset(names)), [])


def overheard(connection: Connection, hear: Hear | None) -> None:
    """Tell `hear` of what SQLAlchemy itself sends over the connection."""
    if hear is None:
        return

    @event.listens_for(connection, "before_cursor_execute")
    def began(_: Any, __: Any, sql: str, params: Any, context: Any, ___: Any) -> None:
        context.backlight_told = telling(hear, sql, params)

    @event.listens_for(connection, "after_cursor_execute")
    def ended(_: Any, __: Any, ___: Any, ____: Any, context: Any, _____: Any) -> None:
        context.backlight_told.end()
