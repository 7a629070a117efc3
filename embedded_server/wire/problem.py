"""The one shape of every error that reaches a person.

`CODES` names every code once with the sentence that heads its help page; a code that is not
listed here cannot be raised.
"""

from __future__ import annotations

import msgspec

CODES: dict[str, str] = {
    "request.invalid": "The request does not have the declared shape.",
    "request.too_large": "The request body is larger than this endpoint accepts.",
    "request.not_found": "There is no such endpoint.",
    "guard.token": "The access token is missing or wrong.",
    "guard.scope": "The access token does not permit this endpoint.",
    "guard.host": "The Host header does not name this server.",
    "guard.origin": "Requests from web pages are refused.",
    "guard.content_type": "The body has another content type than the endpoint declares.",
    "server.internal": "Backlight itself failed; this is a bug.",
    "server.busy": "Too much is running at once.",
    "server.stopping": "The server is shutting down.",
    "server.lost": "The server process ended and was started again.",
    "server.start": "The server process could not be started.",
    "job.cancelled": "The work was cancelled.",
    "job.superseded": "A newer request of the same view replaced this one.",
    "job.timeout": "The work took longer than its deadline.",
    "job.unknown": "There is no such running work.",
    "store.newer": "The workspace was written by a newer Backlight.",
    "store.unusable": "The workspace cannot be opened.",
    "store.locked": "Another Backlight has this workspace open.",
    "connection.unknown": "There is no connection of that name.",
    "connection.invalid": "The connection's settings are not usable.",
    "connection.refused": "The database server does not accept connections there.",
    "connection.host": "The host name cannot be resolved.",
    "connection.auth": "The database refused the user name or password.",
    "connection.tls": "The encrypted connection could not be made.",
    "connection.database": "The server has no database of that name.",
    "connection.lost": "The database closed the connection.",
    "connection.timeout": "The database did not answer in time.",
    "connection.driver": "No driver for this database is installed.",
    "connection.failed": "The connection could not be opened.",
    "connection.tunnel": "The ssh tunnel to the database could not be made.",
    "ssh.question": "ssh asks before it connects.",
    "secret.needed": "A password is needed to connect.",
    "file.missing": "The file does not exist.",
    "file.unreadable": "The file cannot be read.",
    "file.not_database": "The file is not a database, or it is encrypted.",
    "file.corrupt": "The database file is damaged.",
    "file.locked": "Another program holds the database file.",
    "file.replaced": "The database file was replaced while it was open.",
    "file.encoding": "The text does not fit into the file's encoding.",
    "file.disk": "The disk is full or read-only.",
    "data.unknown_table": "There is no such table or view.",
    "data.unknown_column": "There is no such column.",
    "data.bad_filter": "The filter cannot be understood.",
    "data.bad_where": "The WHERE expression is not valid.",
    "data.bad_key": "The page key does not fit this table and order.",
    "data.no_key": "The table has no key that identifies a row.",
    "data.no_row": "No row has this key.",
    "data.not_editable": "These rows cannot be edited.",
    "data.unfit": "The value does not fit its column.",
    "data.confirm": "This needs to be confirmed by typing.",
    "data.unsupported": "This database cannot do that.",
    "data.snapshot": "The order of these rows cannot be kept.",
    "transfer.path": "The file cannot be written there.",
    "transfer.exists": "The file is there already; nothing is overwritten.",
    "transfer.format": "The file or format cannot be used.",
    "transfer.options": "The options do not fit the format.",
    "transfer.loss": "The format cannot carry every value as it is.",
    "transfer.file": "The file cannot be read as what it seems to be.",
    "transfer.mapping": "The columns of the file and the table do not fit.",
    "transfer.row": "A row does not go into the table.",
    "transfer.confirm": "Importing into production needs to be confirmed by typing.",
    "transfer.worker": "The process that did the work ended.",
    "explain.unreadable": "The text is no plan that can be read.",
    "explain.several": "Only one statement can be explained at a time.",
    "explain.writes": "Only a statement that surely reads is run to be measured.",
    "explain.unknown": "There is no such stored plan.",
    "explain.trial": "The index could not be tried.",
    "explain.not_local": "Indexes are tried on local databases only, unless it is confirmed.",
    "sql.error": "The database refused the statement.",
    "sql.read_only": "The connection is read-only.",
    "sql.params": "The statement's parameters are missing or do not fit.",
    "console.unknown_session": "This tab has no open session.",
    "demo.failed": "The demo could not be prepared.",
    "console.result_closed": "This result is closed; run the statement again to see more of it.",
    "console.unconfirmed": "Writing to production needs to be confirmed by typing.",
    "console.other_transaction": "This tab has a transaction open on another connection.",
    "case.invalid": "The file is no case of Backlight, or it is damaged.",
    "case.newer": "The case was written by a newer Backlight.",
    "trace.unknown": "There is no such request.",
    "trace.bad_filter": "The filter cannot be understood.",
    "trace.bad_key": "The page key does not fit the list.",
    "schema.invalid": "The change does not fit what is there.",
    "schema.type": "There is no such type.",
    "schema.unsupported": "This database cannot make that change.",
    "schema.confirm": "This change needs to be confirmed.",
    "schema.not_here": "Changes are not run directly on this connection.",
    "schema.locked": "Another session holds the table.",
    "migrations.no_project": "There is no migration project there.",
    "migrations.many_projects": "Several migration projects lie there.",
    "migrations.no_revision": "The project has no such revision.",
    "migrations.interrupted": "An apply was interrupted.",
    "migrations.no_run": "There is no such run.",
    "migrations.no_interpreter": "No interpreter was found that can run the project.",
    "migrations.other_database": "The project points at another database.",
    "migrations.import": "The project's code cannot be imported.",
    "migrations.failed": "The project's migrations could not be run.",
    "migrations.wrote": "The project wrote to the database while it was only looked at.",
    "migrations.busy": "Another apply runs on this database.",
    "migrations.no_rehearsal": "This cannot be rehearsed on this database.",
    "migrations.confirm": "This needs to be confirmed by typing.",
    "migrations.behind": "The database lacks revisions that the project has.",
    "migrations.exists": "The file is there already; nothing is overwritten.",
    "http.invalid": "The request cannot be sent as it is written.",
    "http.unreachable": "Nothing answers at that address.",
    "http.host": "The host's name cannot be resolved.",
    "http.timeout": "The answer did not come in time.",
    "http.tls": "The encrypted connection could not be made.",
    "http.broken": "The answer is no proper HTTP.",
    "http.address": "Requests to this address are refused.",
    "http.confirm": "This request may change data.",
    "http.blocked": "This request is not replayed there.",
    "http.secret": "A secret of the environment is not known.",
    "http.login": "The login of the environment failed.",
    "http.bad_har": "This is no usable HAR file.",
    "http.bad_curl": "This curl command cannot be used.",
    "http.unknown_request": "There is no such request.",
    "http.unknown_environment": "There is no environment of that name.",
    "http.unknown_run": "There is no such replay.",
    "logs.closed": "This log is not open any more.",
    "logs.pattern": "The search pattern cannot be understood.",
    "logs.view": "This search is over; run it again.",
    "logs.command": "The command could not be started.",
    "logs.lost": "The process that reads this log ended.",
    "health.confirm": "Ending this needs to be confirmed.",
    "health.no_session": "There is no such session any more.",
    "health.unknown_check": "There is no such check.",
    "transaction.lost": "The transaction was rolled back by the database.",
}


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something the user can do about a problem: a verb's id and its arguments."""

    verb: str
    title: str
    arguments: dict[str, str] = {}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, where, and what to do.

    `code` is a key of `CODES`; `title` one sentence without a full stop's worth of jargon; `detail`
    the database's or system's own words; `hint` what to do next; `action` the verb that does it.
    `position` is a 0-based character offset in the statement the caller sent, where known.
    """

    code: str
    title: str
    detail: str = ""
    hint: str = ""
    action: Action | None = None
    position: int | None = None


class ProblemError(Exception):
    """A `Problem` on its way to the edge (HTTP answer, exit code, message in the window)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.title}")
        self.problem = problem


def problem(
    code: str,
    title: str = "",
    detail: str = "",
    hint: str = "",
    action: Action | None = None,
    position: int | None = None,
) -> ProblemError:
    """Make a raisable problem; an unknown code is a programming error (KeyError)."""
    return ProblemError(Problem(code, title or CODES[code], detail, hint, action, position))
