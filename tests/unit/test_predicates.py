"""Truth tables of all built-in predicates."""

from __future__ import annotations

import inspect
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from selinon import predicates

URL = "https://user:pw@example.org:8080/a/b?c#d"
MISSING: dict[str, Any] = {"message": {"other": 1}, "key": "k"}


def at(value: Any, /, **extra: Any) -> dict[str, Any]:
    """Return the arguments of a predicate on the field `k`, which holds the value."""
    return {"message": {"k": value}, "key": "k", **extra}


# Of each predicate on fields: arguments for which it holds, and for which it does not.
FIELDS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "Exist": (
        [
            at(None),
            at(0),
            {"message": {"a": [{"b": 1}]}, "key": ["a", -1, "b"]},
            {"message": None, "key": []},
            {"message": "text", "key": 3},
        ],
        [{"message": None, "key": "k"}, {"message": [1], "key": 1}, {"message": 5, "key": "k"}],
    ),
    "None": ([at(None), {"message": None, "key": []}], [at(0), at("")]),
    "Equal": (
        [at(1, value=1), at(1, value=True), at(1.0, value=1), at([1], value=[1])],
        [at(1, value="1"), at(None, value=0)],
    ),
    "NotEqual": ([at(1, value="1"), at(None, value=0)], [at(1, value=1), at(1, value=True)]),
    "Less": (
        [at(1, value=2), at("a", value="b")],
        [at(2, value=2), at(3, value=2), at("1", value=2)],
    ),
    "LessEqual": ([at(1, value=2), at(2, value=2)], [at(3, value=2), at(None, value=2)]),
    "Greater": (
        [at(3, value=2), at("b", value="a")],
        [at(2, value=2), at(1, value=2), at("3", value=2)],
    ),
    "GreaterEqual": ([at(3, value=2), at(2, value=2)], [at(1, value=2), at(None, value=2)]),
    "Contain": (
        [at([1, 2], value=2), at({"x": 0}, value="x"), at("text", value="ex")],
        [at([1, 2], value=3), at({"x": 0}, value=0), at("text", value=1), at(5, value=5)],
    ),
    "Int": ([at(1), at(True)], [at(1.0), at("1"), at(None)]),
    "Float": ([at(1.0)], [at(1), at("1.0")]),
    "Str": ([at(""), at("x")], [at(1), at(None)]),
    "Bool": ([at(True), at(False)], [at(1), at(0), at("true")]),
    "List": ([at([])], [at({}), at("x")]),
    "Dict": ([at({})], [at([]), at(None)]),
    "LenEqual": ([at([1, 2], length=2), at("", length=0)], [at([1], length=2), at(2, length=2)]),
    "LenNotEqual": ([at([1], length=2), at("", length=1)], [at([1, 2], length=2), at(1, length=2)]),
    "LenLess": (
        [at([1], length=2)],
        [at([1, 2], length=2), at([1, 2, 3], length=2), at(1, length=2)],
    ),
    "LenLessEqual": (
        [at([1], length=2), at([1, 2], length=2)],
        [at([1, 2, 3], length=2), at(1, length=2)],
    ),
    "LenGreater": (
        [at([1, 2, 3], length=2)],
        [at([1, 2], length=2), at([1], length=2), at(9, length=2)],
    ),
    "LenGreaterEqual": (
        [at([1, 2, 3], length=2), at([1, 2], length=2)],
        [at([1], length=2), at(9, length=2)],
    ),
    "UrlScheme": ([at(URL, scheme="https")], [at(URL, scheme="http"), at(1, scheme="https")]),
    "UrlNetloc": (
        [at(URL, netloc="user:pw@example.org:8080")],
        [at(URL, netloc="example.org"), at(None, netloc="")],
    ),
    "UrlPath": ([at(URL, path="/a/b")], [at(URL, path="/a"), at(URL, path="a/b"), at([], path="")]),
}

# Of each predicate on a whole value: values for which it holds, and for which it does not.
WHOLE: dict[str, tuple[list[Any], list[Any]]] = {
    "isNone": ([None], [0, "", []]),
    "isInt": ([1, True], [1.0, "1"]),
    "isFloat": ([1.5], [1, "1.5"]),
    "isStr": (["", "x"], [1, None]),
    "isBool": ([True, False], [0, 1, "true"]),
    "isList": ([[], [1]], [{}, "x"]),
    "isDict": ([{}, {"a": 1}], [[], None]),
    "empty": ([{}, [], "", None], [{"a": None}, [0], " "]),
}


def twin(name: str) -> str:
    """Return the name of the predicate on arguments that corresponds to one on a message."""
    return "args" + name[0].upper() + name[1:]


def holds(name: str, /, **arguments: Any) -> bool:
    """Call a predicate by name, and make sure of a boolean."""
    result = getattr(predicates, name)(**arguments)
    assert isinstance(result, bool)
    return result


@pytest.mark.parametrize("kind", FIELDS)
def test_predicates_on_fields(kind: str) -> None:
    """Both families hold and do not hold as their names say, and never hold for a missing field."""
    true, false = FIELDS[kind]
    extra = {key: value for key, value in true[0].items() if key not in ("message", "key")}
    cases = [(given, True) for given in true] + [
        (given, False) for given in [*false, MISSING | extra]
    ]
    for given, expected in cases:
        assert holds(f"field{kind}", **given) is expected, given
        renamed = {"node_args" if key == "message" else key: value for key, value in given.items()}
        assert holds(f"argsField{kind}", **renamed) is expected, given


@pytest.mark.parametrize("family", ["field", "argsField"])
@pytest.mark.parametrize("kind", FIELDS)
def test_how_a_field_is_reached(family: str, kind: str) -> None:
    """What holds does not depend on where the field is, and nothing holds where there is none."""
    name, whole = f"{family}{kind}", "message" if family == "field" else "node_args"
    cases = [(given, True) for given in FIELDS[kind][0]] + [(g, False) for g in FIELDS[kind][1]]
    for given, expected in cases:
        if given["key"] != "k" or not isinstance(given["message"], dict):
            continue
        value = given["message"]["k"]
        extra = {key: item for key, item in given.items() if key not in ("message", "key")}
        places: list[tuple[Any, Any]] = [
            (value, []),
            ({0: value}, 0),
            ([value], False),
            ({"a": [0, {"b": value}]}, ["a", -1, "b"]),
            ({"a": ({"": value}, 0)}, ("a", 0, "")),
            ({None: {1.5: value}}, [None, 1.5]),
        ]
        for container, key in places:
            assert holds(name, **{whole: container}, key=key, **extra) is expected, (container, key)
        nowhere: list[tuple[Any, Any]] = [
            (None, "k"),
            (7, "k"),
            ([value], "k"),
            ([value], 1),
            ("text", "k"),
            ({"k": value}, ["k", "k", "k"]),
            ({"k": value}, [["k"]]),
            ({"k": value}, {"k": 1}),
            ({"a": [value]}, ["a", "0"]),
            (object(), 0),
        ]
        for container, key in nowhere:
            assert not holds(name, **{whole: container}, key=key, **extra), (container, key)


@pytest.mark.parametrize("name", WHOLE)
def test_predicates_on_whole_values(name: str) -> None:
    """Both families of predicates on a whole value hold and do not hold as their names say."""
    true, false = WHOLE[name]
    for value in true:
        assert holds(name, message=value), value
        assert holds(twin(name), node_args=value), value
    for value in false:
        assert not holds(name, message=value), value
        assert not holds(twin(name), node_args=value), value


def test_constant_predicates() -> None:
    """One always holds, the other never does."""
    assert holds("alwaysTrue")
    assert not holds("alwaysFalse")


def test_environment_predicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables are found, and compared as texts."""
    monkeypatch.setenv("SELINON_TEST", "1")
    monkeypatch.delenv("SELINON_NONE", raising=False)
    assert holds("envExist", env="SELINON_TEST")
    assert not holds("envExist", env="SELINON_NONE")
    assert holds("envEqual", env="SELINON_TEST", value="1")
    assert not holds("envEqual", env="SELINON_TEST", value=1)
    assert not holds("envEqual", env="SELINON_TEST", value="2")
    assert not holds("envEqual", env="SELINON_NONE", value="1")


class Answer(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(204 if self.path == "/there" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """Address of a web server that has only `/there`."""
    httpd = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_http_status(server: str) -> None:
    """The status of a real answer is compared; no answer is no match."""
    assert holds("httpStatus", host=server, path="/there", status=204)
    assert holds("httpStatus", host=server, path="/gone", status=404)
    assert not holds("httpStatus", host=server, path="/gone", status=204)
    assert not holds("httpStatus", host="127.0.0.1:1", path="/", status=200)


def test_http_status_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts the connection and says nothing does not hold a flow up for long."""
    monkeypatch.setattr("selinon.predicates.surroundings.HTTP_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        assert not holds("httpStatus", host=host, path="/", status=200)
        assert 0.1 < time.monotonic() - began < 10


def test_all_predicates_are_there_and_tested() -> None:
    """There are 69 of them, and the tables above have every one."""
    others = {"alwaysTrue", "alwaysFalse", "envExist", "envEqual", "httpStatus"}
    messages = {f"field{kind}" for kind in FIELDS} | set(WHOLE)
    assert set(predicates.__all__) == messages | {twin(name) for name in messages} | others
    assert len(predicates.__all__) == 69


def test_signatures_say_what_a_predicate_needs() -> None:
    """Twins differ in the first parameter only, and every predicate is documented."""
    for name in predicates.__all__:
        assert inspect.getdoc(getattr(predicates, name)), name
    for name in [*(f"field{kind}" for kind in FIELDS), *WHOLE]:
        first, *rest = inspect.signature(getattr(predicates, name)).parameters
        twin_first, *twin_rest = inspect.signature(getattr(predicates, twin(name))).parameters
        assert (first, twin_first) == ("message", "node_args")
        assert rest == twin_rest
    assert list(inspect.signature(predicates.fieldEqual).parameters) == ["message", "key", "value"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_only_exceptions_count_as_false(stop: type[BaseException]) -> None:
    """What ends a process passes through every predicate that looks at a value."""

    class Ending:
        def __getitem__(self, key: object) -> object:
            raise stop

        def __bool__(self) -> bool:
            raise stop

    for kind, (true, _) in FIELDS.items():
        with pytest.raises(stop):
            holds(f"field{kind}", **{**true[0], "message": Ending(), "key": "k"})
    with pytest.raises(stop):
        holds("empty", message=Ending())


def test_the_network_is_imported_when_it_is_used() -> None:
    """Programs that use other predicates, and the compiler, which reads signatures, do without it."""
    code = "import sys, selinon.predicates; print('http.client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
