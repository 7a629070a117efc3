"""The OpenAPI document is valid, complete, and the server keeps to it under random requests."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate

from embedded_server.dispatch import Handlers
from embedded_server.wire.endpoint import Endpoint, declared
from embedded_server.wire.problem import CODES
from tests.runner.changes import ROOT


def test_every_declared_endpoint_has_a_handler_and_none_is_undeclared():
    handlers = Handlers()
    assert all(map(handlers.__getitem__, declared()))
    assert set(handlers) == set(declared())


@pytest.mark.process
def test_a_service_is_loaded_when_it_is_asked_for(tmp_path):
    code = (
        "import sys; from embedded_server.web.serve import Dispatcher, Services, Workspace, Path\n"
        "from embedded_server.wire.connections import LIST\n"
        "own = Dispatcher(Services(Workspace(Path(sys.argv[1]))))\n"
        "services = lambda: sorted(name for name in sys.modules if name.endswith('.service'))\n"
        "assert not services(), services()\n"
        "own.run(own.endpoint(LIST.name), LIST.request(), 'one')\n"
        "assert services() == ['embedded_server.connections.service'], services()\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT, check=True)


@pytest.mark.parametrize("endpoint", declared().values(), ids=lambda e: e.name)
def test_names_paths_and_methods_follow_the_rule(endpoint: Endpoint):
    assert endpoint.path == "/api/" + endpoint.name.replace(".", "/")
    assert endpoint.method in ("GET", "POST") and endpoint.summary


def test_the_document_is_valid_openapi(raw):
    document = raw.send("GET", "/openapi.json").json
    validate(document)
    operations = {op["operationId"] for path in document["paths"].values() for op in path.values()}
    assert operations == set(declared())
    assert document["openapi"].startswith("3.1")


def test_every_code_has_a_sentence():
    assert all(sentence.endswith(".") and code.count(".") == 1 for code, sentence in CODES.items())


# What would end the server under test, wait on purpose, or run whatever program it is given.
LEFT_OUT = {"/api/server/stop", "/api/events/poll", "/api/logs/run"}
ATTACKED = [endpoint for endpoint in declared().values() if endpoint.path not in LEFT_OUT]


@pytest.fixture(scope="module")
def schema(raw):
    document = raw.send("GET", "/openapi.json").json
    made = schemathesis.openapi.from_dict(document)
    made.config.update(base_url=f"http://127.0.0.1:{raw.port}")
    return made


# One test for each, so that the time limit is that of a single endpoint.
@pytest.mark.parametrize("endpoint", ATTACKED, ids=lambda e: e.name)
def test_random_requests_never_break_the_server(raw, schema, endpoint: Endpoint):
    operation = schema[endpoint.path][endpoint.method]

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def attack(case):
        response = case.call(headers={"Authorization": f"Bearer {raw.token}"})
        assert response.status_code != 500, response.text
        message = json.loads(response.content)
        if response.status_code != 200:
            assert message["code"] in CODES
        case.validate_response(response, checks=[schemathesis.checks.response_schema_conformance])

    attack()
