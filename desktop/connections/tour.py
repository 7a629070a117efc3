"""The tour's steps of connections."""

from __future__ import annotations

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.refs import ConnectionRef

from .form import ConnectionForm


class ConnectionSteps:
    """Acts as a user would."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def start(self) -> Facts:
        """The start page of a new workspace."""
        await Until(lambda: self._context.api.online, "the server")
        return {"server": "ready"}

    async def tested(self) -> Facts:
        """A connection tested before it is saved."""
        database = self._context.workbench.connection()
        form = self._context.workbench.open(ConnectionRef(""), keep=True)
        assert isinstance(form, ConnectionForm)
        form.name.setText("demo")
        form.url.setText(f"sqlite:///{database}")
        return await self._answer(form)

    async def refused(self) -> Facts:
        """A server that is not there, with a diagnosis."""
        form = self._context.workbench.current()
        assert isinstance(form, ConnectionForm)
        form.url.setText("postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
        return await self._answer(form)

    async def _answer(self, form: ConnectionForm) -> Facts:
        form.test()
        await Until(lambda: form.answered() not in ("", "Connecting…"), "the answer to the test")
        return {"answer": form.answered()}

    def close(self) -> None:
        """Put the form away."""
        form = self._context.workbench.current()
        if isinstance(form, ConnectionForm):
            self._context.workbench.close(form)


def steps(context: Context) -> list[Step]:
    """In the order of a first visit."""
    acts = ConnectionSteps(context)
    return [
        Step("start", acts.start, "Start page"),
        Step("connection", acts.tested, "A connection is tested"),
        Step("connection-refused", acts.refused, "A connection that cannot be made"),
        Step("after-form", acts.close, "The form is put away"),
    ]
