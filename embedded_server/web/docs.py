"""The OpenAPI document and an offline page that shows it; "try it out" is off."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, request, send_from_directory
from swagger_ui_bundle import swagger_ui_path

from embedded_server.dispatch import Dispatcher
from embedded_server.wire.openapi import document
from embedded_server.wire.problem import problem
from embedded_server.wire.values import encode_json
from embedded_server.wire.version import VERSION

from .guard import Guard

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Backlight API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"></head>
<body><div id="api"></div><script src="/docs/assets/swagger-ui-bundle.js"></script>
<script type="application/json" id="document">%s</script>
<script>
SwaggerUIBundle({spec: JSON.parse(document.getElementById("document").textContent),
  dom_id: "#api", supportedSubmitMethods: [], validatorUrl: null});
</script></body></html>"""
_ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})


def add_docs(app: Flask, dispatcher: Dispatcher, guard: Guard) -> None:
    """Routes: /openapi.json (token), /docs/ticket (token), /docs?ticket=... (once), its assets."""

    def described() -> bytes:
        return encode_json(document(dispatcher.endpoints(), VERSION))

    @app.get("/openapi.json", provide_automatic_options=False)
    def openapi() -> Response:
        guard.check_place(request)
        guard.check_token(request)
        return Response(described(), mimetype="application/json")

    @app.get("/docs/ticket", provide_automatic_options=False)
    def ticket() -> Response:
        guard.check_place(request)
        guard.check_token(request)
        return Response(encode_json({"path": f"/docs?ticket={guard.ticket()}"}), mimetype="application/json")

    @app.get("/docs", provide_automatic_options=False)
    def page() -> Response:
        guard.check_place(request)
        if not guard.redeem(request.args.get("ticket", "")):
            raise problem("guard.token", hint="Open the page from Backlight: each link works once.")
        inlined = described().decode().replace("</", "<\\/")
        response = Response(_PAGE % inlined, mimetype="text/html")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; img-src data:; "
            "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
        )
        return response

    @app.get("/docs/assets/<name>", provide_automatic_options=False)
    def asset(name: str) -> Response:
        guard.check_place(request)
        if name not in _ASSETS:
            raise problem("request.not_found", detail=name)
        return send_from_directory(Path(swagger_ui_path), name)
