"""The network address: what a trusted proxy vouches for, and nothing else."""

from __future__ import annotations

import ipaddress

import pytest
from django.test import RequestFactory

from auditlog.address import address_of

PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, <script>", "10.0.0.1"),
        ("10.0.0.1", "fe80::1%<script>alert(1)</script>", "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4:5678", "10.0.0.1"),
        ("10.0.0.1", "x" * 100_000, "10.0.0.1"),
        ("10.0.0.1", "," * 1000, "10.0.0.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("::ffff:203.0.113.9", None, "203.0.113.9"),
        ("", "1.2.3.4", ""),
        ("unix:", "1.2.3.4", ""),
    ],
)
def test_a_forwarded_address_counts_as_far_as_trusted_proxies_vouch_for_it(settings, remote, forwarded, address):
    settings.TRUSTED_PROXIES = PROXIES
    request = RequestFactory().get("/", REMOTE_ADDR=remote)
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    assert address_of(request) == address


def test_without_trusted_proxies_nothing_that_is_forwarded_counts(settings):
    settings.TRUSTED_PROXIES = []
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert address_of(request) == "10.0.0.1"
