"""Whether what people write reaches us: an account subscribes our app to fields, and the app has an address for these fields.

Only what is subscribed at both places is delivered. Sources: Meta, « Graph API: App Subscriptions » (v25.0; needs an app
access token, « id|secret ») and « Page Subscribed Apps ».
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.contract import Check, Later, Never
from bot.channels.meta.graph import Graph

_WRONG_APP = (
    "Vérifiez que RESO_META_APP_SECRET est bien la clé secrète de l’application qui a fait le jeton\u00a0: "
    "sans la bonne clé, Réso refuse tout ce que Meta lui livre."
)
_LATER = "Réessayez dans quelques minutes."
NO_ADDRESS = Check(False, "RESO_PUBLIC_URL n’est pas renseigné.", "Mettez-y l’adresse publique de Réso, en https.")


@dataclass(frozen=True)
class Wanted:
    """What an app has to be subscribed to: the `kind` of object, the webhook's `address` (not looked at where empty), its fields.

    `needed`: without these nothing works; `wished`: without these something is lost, as `lost` says. `where`: the page of the
    console to go to. `listed`: whether Meta tells of this kind for sure; Instagram's is set in the console and may be missing.
    """

    kind: str
    address: str
    needed: Sequence[str]
    wished: Sequence[str]
    lost: str
    where: str
    listed: bool = True


async def account_fields(graph: Graph, path: str, app: str) -> frozenset[str] | Check:
    """Return the fields that an account sends to the app `app`, or the line that says why they are not known.

    Where the token does not tell which app is ours (`app` is empty), the only one subscribed is taken for it.
    """
    try:
        found = (await graph.get(path)).get("data")
    except Never as error:
        return Check(False, f"Les abonnements du webhook ne peuvent pas être lus ({error}).", error.advice)
    except Later as error:
        return Check(False, f"Meta ne répond pas ({error}).", _LATER)
    apps = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    if not app and len(apps) > 1:
        what = (
            f"{len(apps)} applications sont abonnées au compte, et le jeton ne dit pas laquelle est la vôtre\u00a0: à vérifier à la main."
        )
        return Check(False, what, "Dans la console, ne gardez que l’application de Réso, ou vérifiez qu’elle est de la liste.")
    own = [one for one in apps if not app or str(one.get("id", "")) == app]
    return frozenset(str(name) for one in own for name in _list(one.get("subscribed_fields")))


async def app_checks(graph: Graph, app: str, wanted: Wanted) -> list[Check]:
    """Return the lines on the app's own subscription. `graph`: with the app's token; `app`: its id."""
    try:
        found = await graph.get(f"/{app}/subscriptions")
    except Never as error:
        return [Check(False, f"Les réglages du webhook de l’application ne peuvent pas être lus ({error}).", _WRONG_APP)]
    except Later as error:
        return [Check(False, f"Meta ne répond pas ({error}).", _LATER)]
    return app_lines(found, wanted)


def app_lines(answer: Mapping[str, Any], wanted: Wanted) -> list[Check]:
    """Return what an answer of /{app}/subscriptions says. Pure."""
    found = [one for one in _list(answer.get("data")) if isinstance(one, dict) and one.get("object") == wanted.kind]
    if not found and not wanted.listed:
        return []
    if not found or found[0].get("active") is False:
        return [Check(False, f"L’application n’a pas de webhook en service pour «\u00a0{wanted.kind}\u00a0».", wanted.where)]
    address = str(found[0].get("callback_url", ""))
    if wanted.address and address != wanted.address:
        advice = f"{wanted.where} Mettez l’URL de rappel {wanted.address}"
        return [Check(False, f"Le webhook de l’application est enregistré ailleurs\u00a0: {address}", advice)]
    fields = {str(one.get("name", "") if isinstance(one, dict) else one) for one in _list(found[0].get("fields"))}
    return field_lines("L’application", fields, wanted) or [Check(True, f"Webhook de l’application enregistré\u00a0: {address}")]


def field_lines(who: str, fields: frozenset[str] | set[str], wanted: Wanted) -> list[Check]:
    """Return a line for what `who` (the page, the app) is not subscribed to; none where nothing is missing. Pure."""
    needed, wished = ([name for name in names if name not in fields] for names in (wanted.needed, wanted.wished))
    lines = []
    if needed:
        lines.append(Check(False, f"{who} n’est pas abonnée à\u00a0: {', '.join(needed)}. Sans cela, Réso ne reçoit rien.", wanted.where))
    if wished:
        lines.append(Check(False, f"{who} n’est pas abonnée à\u00a0: {', '.join(wished)}\u202f; {wanted.lost}.", wanted.where))
    return lines


def _list(given: object) -> list[Any]:
    return given if isinstance(given, list) else []
