"""The network address a request came from."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The client's address. X-Forwarded-For counts only as far as the trusted proxies vouch for it.

    The header is read from the right: each trusted proxy vouches for the entry it appended.
    """
    address = _parse(request.META.get("REMOTE_ADDR", ""))
    if address is None:
        return ""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while forwarded and _trusted(address):
        claimed = _parse(forwarded.pop())
        if claimed is None:
            break
        address = claimed
    return str(address)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        # A scope ("fe80::1%...") may be any text at all: no address that anybody vouches for.
        address = ipaddress.ip_address(text.strip().replace("%", " "))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _trusted(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)
