"""Somebody with a browser, at one address of this machine, who asks the installed server over HTTPS."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

NAME = "chalkline.example.org"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Visitor:
    """``address`` is where the visitor seems to sit: all of 127.0.0.0/8 is this machine."""

    port: int
    certificate: Path
    address: str = "127.0.0.1"
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def ask(self, path: str, form: dict[str, object] | None = None, **headers: str) -> Answer:
        """The answer itself, redirects included; with ``form`` a POST as a browser makes it."""
        trust = ssl.create_default_context(cafile=str(self.certificate))
        # Python 3.13 asks more of a certificate that signs itself than browsers do.
        trust.verify_flags &= ~ssl.VERIFY_X509_STRICT
        line = socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(self.address, 0))
        connection = HTTPConnection(NAME)
        connection.sock = trust.wrap_socket(line, server_hostname=NAME)
        given = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in self.cookies.items())}
        body = None
        if form is not None:
            body = urlencode(form, doseq=True)
            given |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{NAME}"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET" if form is None else "POST", path, body, {**given, **named})
        response: HTTPResponse = connection.getresponse()
        for cookie in response.headers.get_all("Set-Cookie") or ():
            self.cookies.load(cookie)
        answer = Answer(response.status, dict(response.headers), response.read().decode("utf-8", "replace"))
        connection.close()
        return answer

    def sign_in(self, username: str, password: str, **headers: str) -> Answer:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.ask("/login/").text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password}
        return self.ask("/login/", form, **headers)
