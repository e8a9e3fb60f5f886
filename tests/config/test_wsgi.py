"""Requests that Django's own constructor would fail over, before any page or middleware."""

from __future__ import annotations

import io

import pytest

from config.wsgi import application

pytestmark = pytest.mark.django_db

#: Codecs of Python that are no encodings of text, and texts that name none.
FOREIGN = ("hex", "base64", "bz2", "zlib", "uu", "quopri", "rot13", "idna", "punycode", "undefined", "\0", "utf-7")


def status(content_type: str, method: str) -> str:
    answered: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/login/",
        "QUERY_STRING": "a=%ff",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": "3",
        "wsgi.input": io.BytesIO(b"a=1"),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
    }
    response = application(environ, lambda line, headers, error=None: answered.append(line[:3]))
    list(response)
    response.close()
    return answered[0]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("charset", FOREIGN)
def test_an_encoding_that_is_no_text_is_refused_and_no_fault_of_ours(charset, method):
    assert status(f"application/x-www-form-urlencoded; charset={charset}", method) == "400"


@pytest.mark.parametrize("content_type", ["", "text/plain", "text/plain; charset=UTF-8", 'text/plain; charset="utf-8"'])
def test_our_encoding_and_none_are_answered(content_type):
    assert status(content_type, "GET") == "200"
