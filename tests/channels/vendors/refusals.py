"""Refusals as the vendors word them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from tests.channels.vendors.faults import Fault

POLICY = "Learn more about the new policy here: https://developers.facebook.com/docs/messenger-platform/policy-overview"


class Refused(Exception):
    """A call that gets an error: HTTP status, JSON body, headers."""

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None):
        super().__init__(json.dumps(body))
        self.status, self.body, self.headers = status, body, dict(headers or {})


def meta(
    code: int, message: str, status: int = 400, subcode: int | None = None, details: str = "", headers: Mapping[str, str] | None = None,
    transient: bool = False,
) -> Refused:  # fmt: skip
    """Return an error of the Graph API. `details`: WhatsApp's explanation. Source: Meta, « Handle Errors »."""
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": uuid.uuid4().hex[:11]}
    if subcode is not None:
        error["error_subcode"] = subcode
    if transient:
        error["is_transient"] = True
    if details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details}
    return Refused(status, {"error": error}, headers)


def parameter(name: str, trouble: str) -> Refused:
    """Return the Graph API's complaint about a field."""
    return meta(100, f"(#100) {trouble.replace('{}', name)}")


def whatsapp_value(details: str) -> Refused:
    """Return the Cloud API's complaint about a value."""
    return meta(131009, "(#131009) Parameter value is not valid", details=details)


def telegram(code: int, description: str, **parameters: Any) -> Refused:
    """Return an error of the Bot API, where the status repeats the code."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    return Refused(code, body | ({"parameters": parameters} if parameters else {}))


def closed_window(channel: str) -> Refused:
    """Return what an answer after 24 hours gets."""
    if channel == "whatsapp":
        details = "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
        return meta(131047, "(#131047) Re-engagement message", details=details)
    subcode = 2534022 if channel == "instagram" else 2018278
    return meta(10, f"(#10) This message is sent outside of allowed window. {POLICY}", subcode=subcode)


def of(fault: Fault, channel: str, account: str) -> Refused:
    """Return the refusal that a fault stands for; ValueError where the fault is none, or unknown to the vendor."""
    if fault.name == "window" and channel != "telegram":
        return closed_window(channel)
    kind = (fault.name, "telegram" if channel == "telegram" else "whatsapp" if channel == "whatsapp" else "meta")
    match kind:
        case ("rate", "telegram"):
            return telegram(429, f"Too Many Requests: retry after {round(fault.seconds)}", retry_after=round(fault.seconds))
        case ("rate", _):
            return _busy(fault, channel, account)
        case ("broken", "telegram"):
            return telegram(500, "Internal Server Error")
        case ("broken", _) if fault.code == 1:
            return meta(1, "An unknown error has occurred.", 500)
        case ("broken", _):
            return meta(2, "An unexpected error has occurred. Please retry your request later.", 500, transient=True)
        case ("expired", "telegram"):
            return telegram(401, "Unauthorized")
        case ("expired", _):
            return meta(190, "Error validating access token: Session has expired on Monday, 23-Nov-26 01:00:00 PST.", 401, 463)
        case ("away", "telegram"):
            return telegram(403, "Forbidden: bot was blocked by the user")
        case ("away", "whatsapp"):
            return meta(131026, "(#131026) Message undeliverable", details="Message Undeliverable.")
        case ("away", _):
            return meta(551, "(#551) This person isn't available right now.", subcode=1545041)
    raise ValueError(f"no refusal for {fault.name} on {channel}")


def _busy(fault: Fault, channel: str, account: str) -> Refused:
    """Source: Meta, « Rate Limits »: type and minutes in X-Business-Use-Case-Usage; Retry-After as HTTP has it."""
    code = fault.code or (130429 if channel == "whatsapp" else 613)
    messages = {
        4: "(#4) Application request limit reached",
        613: "(#613) Calls to this api have exceeded the rate limit.",
        80007: "(#80007) There have been too many calls to this WhatsApp Business account. Wait a bit and try again.",
        130429: "(#130429) Rate limit hit",
    }
    headers = {"Retry-After": str(round(fault.seconds))}
    if fault.minutes is not None:
        usage = {
            "type": "whatsapp" if channel == "whatsapp" else channel,
            "call_count": 100,
            "total_cputime": 25,
            "total_time": 25,
            "estimated_time_to_regain_access": fault.minutes,
        }
        headers["X-Business-Use-Case-Usage"] = json.dumps({account: [usage]})
    details = "Message failed to send because there were too many messages sent from this phone number in a short period of time"
    return meta(code, messages[code], 429, details=details if channel == "whatsapp" else "", headers=headers)
