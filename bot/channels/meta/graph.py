"""A thin client of Meta's Graph API: one call, and what its answer means for the outbox.

Sources: Meta, « Handle Errors » and « Rate Limits » (Graph API v25.0), « Messenger Platform: Common Error Codes »
(18 March 2026), « WhatsApp Business Platform: Error codes » (15 May 2026).
"""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from bot.channels.contract import Later, Never

TIMEOUT = aiohttp.ClientTimeout(total=10.0)
LONGEST_WISH = 24 * 3600.0
"""Seconds; a wait beyond a vendor's window of 24 hours is the same as this one."""

BUSY = frozenset({4, 17, 32, 341, 613, *range(80000, 80015), 130429, 131048, 131056})
"""Too many calls: the call was certainly not taken."""
ONE_PERSONS = frozenset({131056})
"""Too many messages to one person; all other limits are on the app, the page or the number."""
SHAKY = frozenset({-1, 1, 2, 1200, 131000, 131016, 131057})
"""Meta's own trouble. Code 1 is documented to come even where the message went out, so nothing is certain."""

_PERSON = "Cette personne ne peut pas recevoir de message (blocage, compte fermé ou restreint)\u202f: il n’y a rien à faire."
_WINDOW = (
    "Plus de 24\u00a0heures ont passé depuis le dernier message de cette personne\u202f: Meta n’accepte de réponse que si elle réécrit."
)
_STALE = (
    "Le jeton d’accès n’est plus valable\u00a0: créez-en un nouveau dans la console de Meta, mettez-le dans la variable "
    "RESO_…_TOKEN du canal, puis relancez Réso."
)
_PERMISSION = (
    "Il manque une autorisation à l’application (ou l’accès avancé)\u00a0: suivez docs/channels/ pour ce canal, "
    "puis lancez «\u00a0make channels-check\u00a0»."
)
_RESTRICTED = (
    "Meta a restreint le compte\u00a0: ouvrez «\u00a0Qualité du compte\u00a0» dans Meta Business Suite et suivez ce qui y est demandé."
)
_ACCOUNT = (
    "Le compte WhatsApp n’est pas prêt (numéro non enregistré, nom non approuvé ou facture impayée)\u00a0: "
    "ouvrez WhatsApp Manager et suivez ce qui y est demandé."
)
_TAKEN_OVER = "Une personne de l’équipe, ou une autre application, a pris cette conversation\u202f: Réso s’y tait tant qu’elle la garde."
_IDENTITY = (
    "Meta ne trouve pas ce compte, cette page ou cette personne avec ce jeton\u00a0: vérifiez l’identifiant et le jeton du canal, "
    "qui doivent être ceux du même compte, puis lancez «\u00a0make channels-check\u00a0»."
)
_BODY = "Meta refuse le contenu de ce message\u00a0: transmettez ce code à la personne qui s’occupe de Réso."
_ADDRESS = "L’adresse ou la version de l’API ne convient pas\u00a0: vérifiez les adresses d’API et RESO_META_VERSION."
_UNKNOWN = "Meta refuse cet appel\u00a0: cherchez ce code dans sa documentation, ou transmettez-le à la personne qui s’occupe de Réso."


@dataclass(frozen=True)
class Refusal:
    """What a lasting refusal means: advice for the staff, and whether every call of the channel will fail alike."""

    advice: str
    channel_wide: bool = False


_TOKEN_REFUSED = Refusal(_STALE, True)
_PERMISSION_REFUSED = Refusal(_PERMISSION, True)
_ACCOUNT_REFUSED = Refusal(_ACCOUNT, True)
_WINDOW_CLOSED = Refusal(_WINDOW)
_PERSON_AWAY = Refusal(_PERSON)
_BODY_REFUSED = Refusal(_BODY)
_RESTRICTED_ACCOUNT = Refusal(_RESTRICTED, True)

_BY_SUBCODE: Mapping[tuple[int, int], Refusal] = {
    (10, 2018065): _WINDOW_CLOSED,
    (10, 2018278): _WINDOW_CLOSED,
    (10, 2534022): _WINDOW_CLOSED,
    (10, 2018108): _PERSON_AWAY,
    (10, 2018300): Refusal(_TAKEN_OVER),
    (10, 2534048): Refusal(_PERMISSION),
    (100, 33): Refusal(_IDENTITY, True),
    (100, 2018001): _PERSON_AWAY,
    (100, 2534014): _PERSON_AWAY,
    (100, 2534037): Refusal(_TAKEN_OVER),
    (200, 1545041): _PERSON_AWAY,
    (200, 2018108): _PERSON_AWAY,
    (200, 2018028): Refusal(_PERMISSION),
    (200, 2534048): Refusal(_PERMISSION),
}
"""2018028 and, on Instagram, 2534048: the app is in development and this person has no role in it; others may be answered."""

_BY_CODE: Mapping[int, Refusal] = {
    0: _TOKEN_REFUSED,
    3: _PERMISSION_REFUSED,
    10: _PERMISSION_REFUSED,
    33: _ACCOUNT_REFUSED,
    100: _BODY_REFUSED,
    102: _TOKEN_REFUSED,
    190: _TOKEN_REFUSED,
    368: _RESTRICTED_ACCOUNT,
    463: _TOKEN_REFUSED,
    467: _TOKEN_REFUSED,
    551: _PERSON_AWAY,
    130472: _PERSON_AWAY,
    130497: _PERSON_AWAY,
    131005: _PERMISSION_REFUSED,
    131008: _BODY_REFUSED,
    131009: _BODY_REFUSED,
    131021: _PERSON_AWAY,
    131026: _PERSON_AWAY,
    131030: Refusal(_PERMISSION),
    131031: _RESTRICTED_ACCOUNT,
    131037: _ACCOUNT_REFUSED,
    131042: _ACCOUNT_REFUSED,
    131045: _ACCOUNT_REFUSED,
    131047: _WINDOW_CLOSED,
    131049: _PERSON_AWAY,
    131051: _BODY_REFUSED,
    133010: _ACCOUNT_REFUSED,
}


class Graph:
    """Calls to one address of the Graph API with one token.

    `base_url`: such as https://graph.facebook.com; `version`: such as v25.0. The token travels in the Authorization
    header; it stands in no exception and no log.
    """

    def __init__(self, session: aiohttp.ClientSession, base_url: str, version: str, token: str):
        self._session, self._token = session, token
        self._base = f"{base_url.rstrip('/')}/{version}"

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send `body` as JSON to `path` (below the version); return the answer's JSON. Raise Later or Never."""
        return await self._call("POST", path, json=dict(body))

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON at `path` (below the version). Raise Later or Never."""
        return await self._call("GET", path, params=dict(params or {}))

    async def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        url = f"{self._base}/{path.lstrip('/')}"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            async with self._session.request(
                method, url, headers=headers, timeout=TIMEOUT, allow_redirects=False, **content
            ) as answer:  # fmt: skip
                taken = answer.status < 300
                try:
                    found = _object(await answer.read())
                except (aiohttp.ClientError, asyncio.TimeoutError):
                    if not taken:
                        raise
                    # The status came: the message is out, and sending it again would double it.
                    found = {}
                if taken and "error" not in found:
                    return found
                raise meaning(answer.status, found, answer.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Later(f"no connection: {type(error).__name__}", sure=True) from None
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise Later(f"connection lost: {type(error).__name__}", unheard=True) from None


def meaning(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Later | Never:
    """Return what a refusal means. `status`: HTTP; `body`: its JSON, empty where it has none; `headers`: of the answer. Pure.

    Only codes go into the reason: Meta's messages may repeat numbers and words of the person.
    """
    error = body.get("error")
    given = error if isinstance(error, Mapping) else {}
    code, subcode = _number(given.get("code")), _number(given.get("error_subcode"))
    name = "/".join(str(n) for n in (code, subcode) if n is not None) or f"HTTP {status}"
    trace = given.get("fbtrace_id")
    reason = f"Meta {name}" + (f" (fbtrace_id {trace})" if isinstance(trace, str) and trace.isascii() and len(trace) <= 40 else "")
    known = _known(code, subcode)
    if code in BUSY or (known is None and status == 429):
        return Later(reason, wish(headers), sure=True, channel_wide=code not in ONE_PERSONS)
    if code in SHAKY or given.get("is_transient") is True or (known is None and (status >= 500 or status == 408)):
        return Later(reason, wish(headers))
    refusal = known or _by_status(status)
    return Never(reason, refusal.advice, name, refusal.channel_wide)


def _known(code: int | None, subcode: int | None) -> Refusal | None:
    if code is None:
        return None
    if subcode is not None and (code, subcode) in _BY_SUBCODE:
        return _BY_SUBCODE[code, subcode]
    return _BY_CODE.get(code) or (_PERMISSION_REFUSED if 200 <= code <= 299 else None)


def _by_status(status: int) -> Refusal:
    if 300 <= status < 400 or status == 404:
        return Refusal(_ADDRESS, True)
    return {401: _TOKEN_REFUSED, 403: _PERMISSION_REFUSED, 413: _BODY_REFUSED}.get(status, Refusal(_UNKNOWN))


def wish(headers: Mapping[str, str]) -> float:
    """Return the seconds that Meta wants us to wait, 0 where it says nothing: Retry-After, or the usage header's minutes. Pure."""
    waits = [_retry_after(headers.get("Retry-After", ""))]
    try:
        usage = json.loads(headers.get("X-Business-Use-Case-Usage", "{}"))
        for uses in usage.values():
            waits += [60.0 * float(use.get("estimated_time_to_regain_access") or 0) for use in uses]
    except (ValueError, TypeError, AttributeError):
        pass
    return max(0.0, min(LONGEST_WISH, max(waits)))


def _retry_after(value: str) -> float:
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=datetime.timezone.utc)
    return (until - datetime.datetime.now(datetime.timezone.utc)).total_seconds()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
