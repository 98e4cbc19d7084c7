"""The way to a person: a short form that says why it asks, answers questions in the middle, and can be left at any time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.dialogue.choices import Choice
from bot.dialogue.context import Context
from bot.dialogue.form import STEPS, Form, Request
from bot.dialogue.reply import Reply, Say
from bot.dialogue.situation import Situation
from bot.dialogue.understanding import Understanding
from bot.knowledge.entry import KINDS
from bot.language.contact import Contact, read_contact, tries_contact
from bot.language.folding import key
from bot.language.opening_hours import say_when

MOST_REQUESTS = 3
"""Requests of one talk in an hour (`Situation.requests`): more would drown those of others."""

MOST_TRIES = 3
"""Replies that do not fit a step before the form gives way: nobody is kept in it."""

LONGEST_BARE_NAME = 3
"""Words of a name that comes without « je m'appelle »."""

TALK_AT_NAME = ("handoff", "ask_identity", "ask_privacy", "ask_capabilities", "thank", "greet", "insult", "chitchat")
"""Moves that even a short message at the step of the name is taken for."""

LONGEST_NAME = 60
LONGEST_QUESTION = 1000

LONGEST_CORRECTION = 4
"""Words of a message at the step of the question that holds nothing but a contact: the one given before, corrected or edited."""

LONGEST_GREETING = 3
"""Words of a greeting that asks nothing; channels send one for « opened the talk » (a link, an ad), also in the middle of the form."""

SURE_QUESTION = 0.5
"""Confidence from which a message in the middle of the form is a question of its own."""

TALK = ("insult", "handoff", "ask_identity", "ask_privacy", "ask_capabilities", "other_language", "thank", "greet", "chitchat")
"""Moves of the talk that get their reply in the middle of the form."""

SURE_LEAVING = 0.7
"""Confidence from which « au revoir » or « supprime tout » is taken at its word in the middle of the form."""

SURE_AT_NAME = 0.9
"""The same at the step of the name, where a short message is rather a name."""

CANCEL = Choice("Annuler", "form", "cancel")
HUMAN = Choice("Parler à une personne", "human")
TOPICS = Choice("Voir les sujets", "topics")

_CANCEL = re.compile(
    r"^(?:(?:non|ok|bon|finalement|en fait|euh|svp|stp) )*(?:j ?)?(?:annul\w*|stop|stopp\w*|abandon\w*|l[ae]i?[sz]+e?[rz]?s? tom?b\w*"
    r"|oubli(?:e|ez)(?: ca| tout)?|tant pis|arret\w*|quitter|sortir|plus envie|je veux plus|je ne veux plus|on arrete|je prefere annuler)\b"
)
_YES = {
    "oui", "ouais", "ui", "wi", "ok", "okay", "d accord", "dacc", "dac", "daccord", "j accepte", "jaccepte", "accepte", "j accepte oui", "c est bon",
    "cest bon", "envoie", "envoyer", "envoyez", "envoi", "valide", "valider", "je valide", "je confirme", "confirme", "confirmer", "vas y", "allez y",
    "go", "parfait", "oui merci", "oui c est bon", "oui envoyez celle ci", "oui envoie", "oui envoyez", "oui j accepte", "celle ci", "celle la",
    "tout est bon", "c est correct", "c est ca", "oui parfait", "yes", "oki", "ok merci", "d accord merci",
}  # fmt: skip
_SEND = re.compile(
    r"(?:(?:oui|non|ok|ouais|bon|bah|ben|alors|et|donc|allez|go|parfait|super|merci|svp|stp|d accord|vas y|allez y|s il (?:te|vous) plait"
    r"|(?:tout |c ?|ca )?est (?:tout )?(?:bon|ok|parfait|correct)|c bon) )*"
    r"(?:(?:tu peux|vous pouvez|peux tu|pouvez vous|veuillez|il faut|merci de|merci d|j|je|on|je veux|je voudrais) )?(?:l |la |le )?"
    r"(?:envo(?:ie[sz]?|y(?:er|ez))|transmet(?:s|tez|tre)?|valide[rz]?|confirme[rz]?)"
    r"(?: (?:la|le|l|ca|cela|tout|comme ca|tel quel|telle quelle))*(?: (?:ma|mon|la|le|cette|ce) (?:demande|message|question|requete|texte))?"
    r"(?: a (?:l equipe|une personne|quelqu un|un humain|un conseiller|une conseillere))?"
    r"(?: (?:svp|stp|s il (?:te|vous) plait|merci|maintenant|directement|quand meme|c est bon|d accord|ok|oui))*"
)
"""« Envoyez ma demande », and nothing else in the message: what is sent cannot be called back."""
_NO = {
    "non", "nan", "nn", "non merci", "je refuse", "refuse", "pas d accord", "non je refuse", "je refuse non", "pas question", "hors de question",
    "surtout pas", "jamais", "non pas ca", "pas celle la", "une autre",
}  # fmt: skip
_SKIP = {
    "passer", "passe", "non", "rien", "anonyme", "sans nom", "non merci", "je prefere pas", "je ne prefere pas", "je prefere ne pas le dire", "je passe",
    "pas envie", "skip", "suivant", "nn", "nan", "sans", "aucun", "je veux pas le dire", "je ne veux pas", "pas besoin",
}  # fmt: skip
_NAMELESS = re.compile(r"\b(?:passe[rz]?|anon[iy]m\w*|sans (?:mon )?nom|pas (?:donner|dire|laisser)(?: mon)? (?:nom|prenom))\b")
_MY_NAME = re.compile(
    r"^\s*(?:(?:bonjour|salut|oui|alors|euh)[ ,]+)*(?:je m['’ ]?ap+el+e?s?|mon (?:pr[ée]nom|nom)(?: et mon nom)? (?:est|c['’]?est)|moi c['’]?(?:est)?|c['’]est|je suis)\s+",
    re.I,
)
_SAYS_NAME = re.compile(r"\bm ?ap+el+e?s?\b|\bmon (?:pre)?nom (?:et mon nom )?(?:c )?est\b")
_NO_REQUEST = re.compile(
    r"(?:(?:ok|oui|bah|ben|euh|bof|non|mais|moi|alors) )*(?:merci(?: beaucoup| bien)?|(?:je |j )?(?:ne |n )?(?:en )?(?:sais?|c|chai|chais) (?:pas|plus|rien)"
    r"(?: trop| encore| quoi dire| quoi mettre)?|jsp|jsais pas|chepa|(?:j ai )?(?:aucune|pas d) idee)(?: (?:desolee?|trop|merci))?"
)
"""« Merci », « je sais pas » in reply to « which question shall I pass on? »."""
_NAME = re.compile(r"[^\W\d_][\w’'. -]*")
_ASKS = re.compile(
    r"^(?:et |au fait |sinon |dis |dites |mais )*(?:c est quoi|cest quoi|c quoi|comment|pourquoi|pk|pq|combien|quel|quelle|quels|quelles|est ce que|qui|quand|ou |"
    r"qu est|que |parle|parlez|raconte|explique|dis moi|donne|montre|tu peux|vous pouvez|il y a|ya|t as|cb)\b"
)
_FIELDS = {
    "name": re.compile(r"\b(?:nom|prenom|name)\b"),
    "contact": re.compile(r"\b(?:mail|email|e mail|adresse|numero|num|tel|telephone|portable|contact|coordonnees)\b"),
    "question": re.compile(r"\b(?:question|demande|message|texte|formulation)\b"),
}


def start(context: Context, situation: Situation, lead: Say | None = None) -> Reply:
    """Open the form, or ask again where it is open; not for more requests than the team can want. `lead` replaces the sentence
    that explains why."""
    if context.form is not None:
        return _ask(context.form, context)
    made = situation.requests()
    if made >= MOST_REQUESTS:
        when = say_when(situation.hours, situation.now)
        reply = _close(context, "utter_handoff_enough")
        return replace(reply, says=(Say("utter_handoff_enough", {"count": made, "when": when}),), event="human")
    why = lead or Say("utter_handoff_why", {"when": say_when(situation.hours, situation.now)})
    reply = _ask(Form(), replace(context, failures=0), why)
    return replace(reply, event="human")


def take(said: Understanding, context: Context, situation: Situation, otherwise: Callable[[Context], Reply]) -> Reply:
    """Take a message while the form is open. `otherwise` replies to what is not for the form; then the form goes on."""
    form = context.form
    assert form is not None
    folded = key(said.text)
    if form.step == "confirm" and wants_sent(said, folded):
        return _send(form, context, situation)
    at_its_word = _at_its_word(said, folded, form)
    leaves = at_its_word and said.label in ("cancel", "goodbye")
    if leaves or (_CANCEL.match(folded) and len(folded.split()) <= 7):
        return cancel(context)
    steps = {"name": _name, "contact": _contact, "question": _question, "consent": _consent, "confirm": _confirm}
    erases = at_its_word and said.label == "erase_data"
    reply = None if erases and form.step in ("name", "question") else steps[form.step](said, folded, form, context, situation)
    if reply is not None:
        return reply
    if erases:
        return otherwise(context)
    if asks_something(said, folded):
        return aside(otherwise(context), context)
    return _again(form, context)


def press(argument: str, context: Context, situation: Situation) -> Reply:
    """Do what a button of the form stands for; a form that is over opens anew.

    Telegram and Messenger leave old buttons in place: one of another step only has the present step asked again.
    """
    form = context.form
    if argument == "cancel":
        return cancel(context) if form else Reply((Say("utter_go_on"),), "talked", context)
    if form is None and argument == "send":
        return _close(context, "utter_handoff_over", (HUMAN, TOPICS))
    if form is None:
        return start(context, situation)
    if argument == "skip" and form.step == "name":
        return _next(replace(form, name=""), "name", context)
    if argument == "proposed" and form.step == "question" and context.asked:
        return _next(replace(form, question=context.asked), "question", context)
    if argument == "accept" and form.step == "consent":
        return _next(form, "consent", context)
    if argument == "refuse":
        return _close(context, "utter_handoff_refused")
    if argument == "send" and form.step == "confirm":
        return _send(form, context, situation)
    if argument.startswith("change ") and argument[7:] in STEPS and (form.changing or form.step == "confirm"):
        return _ask(replace(form, step=argument[7:], changing=True, tries=0), context)
    return _ask(form, context)


def cancel(context: Context) -> Reply:
    """Close the form; nothing of it is kept."""
    return _close(context, "utter_handoff_cancelled")


def agrees(said: Understanding, folded: str) -> bool:
    """Tell whether a message says yes to what was just asked."""
    return folded in _YES or said.label == "choice/affirm"


def refuses(said: Understanding, folded: str) -> bool:
    """Tell whether a message says no to it."""
    return folded in _NO or said.label == "choice/deny"


def wants_sent(said: Understanding, folded: str) -> bool:
    """Tell whether a message says « envoyez ma demande », whatever its label; not where it asks, or gives another contact."""
    return _SEND.fullmatch(folded) is not None and "?" not in said.text and read_contact(said.text) is None


def _at_its_word(said: Understanding, folded: str, form: Form) -> bool:
    """Tell whether « au revoir » or « supprime tout » is meant: sure enough, and at the step of the name no reply to it."""
    if form.step != "name":
        return said.confidence >= SURE_LEAVING
    replies = folded in _SKIP or _NAMELESS.search(folded) or _SAYS_NAME.search(folded)
    return said.confidence >= SURE_AT_NAME and not replies


def asks_something(said: Understanding, folded: str) -> bool:
    """Tell whether a message is a question or a move of its own rather than a reply to the form."""
    family = said.label.partition("/")[0]
    if family in TALK and said.confidence >= SURE_QUESTION:
        return True
    if "?" in said.text or _ASKS.match(folded):
        return True
    return family in (*KINDS, "list", "follow_up") and said.confidence >= SURE_QUESTION and len(folded.split()) >= 3


def _name(said: Understanding, folded: str, form: Form, context: Context, situation: Situation) -> Reply | None:
    contact = read_contact(said.text)
    if contact is not None:
        return _contact(said, folded, replace(form, name=""), context, situation)
    if folded in _SKIP or said.label == "choice/deny" or _NAMELESS.search(folded):
        return _next(replace(form, name=""), "name", context)
    introduced = _MY_NAME.match(said.text)
    name = _MY_NAME.sub("", said.text).strip(" .,!;:")
    alone = len(name.split()) <= LONGEST_BARE_NAME and "?" not in name and not said.label.startswith(KINDS)
    if introduced is None and asks_something(said, folded) and not (alone and said.label not in TALK_AT_NAME):
        return None
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or len(name.split()) > 5:
        return None
    return _next(replace(form, name=name if name != name.lower() else name.title()), "name", context)


def _contact(said: Understanding, folded: str, form: Form, context: Context, situation: Situation) -> Reply | None:
    contact = read_contact(said.text)
    if contact is not None:
        return _next(replace(form, contact_kind=contact.kind, contact=contact.value), "contact", context)
    tried = tries_contact(said.text)
    if tried is None:
        return None
    return _again(form, context, Say("utter_handoff_bad_email" if tried == "email" else "utter_handoff_bad_phone"))


def _question(said: Understanding, folded: str, form: Form, context: Context, situation: Situation) -> Reply | None:
    if context.asked and agrees(said, folded):
        return _next(replace(form, question=context.asked), "question", context)
    if refuses(said, folded):
        return _ask(form, replace(context, asked=""))
    wordless = sum(c.isalpha() for c in said.text) < 3
    contact = read_contact(said.text)
    if contact is not None and "?" not in said.text and (wordless or len(said.text.split()) <= LONGEST_CORRECTION):
        return _ask(replace(form, contact_kind=contact.kind, contact=contact.value, tries=0), context)
    brief = len(folded.split()) <= LONGEST_GREETING
    if wordless or (said.label == "greet" and brief):
        return None
    thanks = said.label == "thank" and brief
    if thanks or _NO_REQUEST.fullmatch(folded) or (not context.asked and (folded in _YES or (said.label == "choice/affirm" and brief))):
        return None
    return _next(replace(form, question=said.text.strip()[:LONGEST_QUESTION]), "question", context)


def _consent(said: Understanding, folded: str, form: Form, context: Context, situation: Situation) -> Reply | None:
    if agrees(said, folded):
        return _next(form, "consent", context)
    if refuses(said, folded):
        return _close(context, "utter_handoff_refused")
    return None


def _confirm(said: Understanding, folded: str, form: Form, context: Context, situation: Situation) -> Reply | None:
    contact = read_contact(said.text)
    if contact is not None:
        return _ask(replace(form, contact_kind=contact.kind, contact=contact.value, tries=0), context)
    if agrees(said, folded):
        return _send(form, context, situation)
    if "?" not in said.text:
        for field, words in _FIELDS.items():
            if words.search(folded):
                return _ask(replace(form, step=field, changing=True, tries=0), context)
    if refuses(said, folded):
        return _ask(form, context, Say("utter_handoff_what_to_change"))
    return None


def _next(form: Form, done: str, context: Context) -> Reply:
    """Go to the step after `done`, or back to the summary where one field was changed."""
    following = STEPS[STEPS.index(done) + 1]
    step = "confirm" if form.changing and done != "consent" else following
    return _ask(replace(form, step=step, changing=False, tries=0), context)


def _again(form: Form, context: Context, lead: Say | None = None) -> Reply:
    """Ask the same once more, with what was wrong; after MOST_TRIES the form gives way."""
    form = replace(form, tries=form.tries + 1)
    if form.tries >= MOST_TRIES:
        if form.step == "name":
            return _next(replace(form, name=""), "name", context)
        return _close(context, "utter_handoff_gave_up", (HUMAN, TOPICS))
    wrong = {"name": "utter_handoff_bad_name", "contact": "utter_handoff_bad_contact"}.get(form.step, "utter_handoff_not_understood")
    return _ask(form, context, lead or Say(wrong))


def _ask(form: Form, context: Context, lead: Say | None = None) -> Reply:
    """Ask what the form's step wants to know."""
    choices: tuple[Choice, ...]
    if form.step == "name":
        say, choices = Say("utter_handoff_name"), (Choice("Passer", "form", "skip"), CANCEL)
    elif form.step == "contact":
        say, choices = Say("utter_handoff_contact"), (CANCEL,)
    elif form.step == "question" and context.asked:
        say = Say("utter_handoff_proposed", {"question": context.asked})
        choices = (Choice("Oui, envoyez celle-ci", "form", "proposed"), CANCEL)
    elif form.step == "question":
        say, choices = Say("utter_handoff_question"), (CANCEL,)
    elif form.step == "consent":
        say = Say("utter_handoff_consent")
        choices = (Choice("J’accepte", "form", "accept"), Choice("Je refuse", "form", "refuse"), CANCEL)
    else:
        contact = Contact(form.contact_kind, form.contact).shown
        say = Say("utter_handoff_summary", {"name": form.name or "(non donné)", "contact": contact, "question": form.question})
        choices = (
            Choice("Envoyer", "form", "send"),
            Choice("Changer le nom", "form", "change name"),
            Choice("Changer le contact", "form", "change contact"),
            Choice("Changer la question", "form", "change question"),
            CANCEL,
        )
    context = replace(context, form=form).with_choices(choices)
    return Reply((lead, say) if lead else (say,), "talked", context, choices=choices)


def aside(reply: Reply, context: Context) -> Reply:
    """Return the answer to a question in the middle, then the step again; a person already asked for is not offered.

    What the answer offers to open comes before the form's buttons: a typed « 1 » means the first line of a list.
    """
    form = context.form
    assert form is not None
    again = _ask(form, replace(reply.context, failures=0, asked=context.asked))
    offers = reply.outcome in ("unsure", "refused") or reply.shown == "list"
    choices = (*(c for c in reply.choices if c.command == "open" and offers), *again.choices)
    asked_already = reply.says[-1:] == again.says
    says = reply.says if asked_already else (*reply.says, *again.says)
    return replace(reply, says=says, choices=choices, context=again.context.with_choices(choices))


def _close(context: Context, response: str, choices: tuple[Choice, ...] = (TOPICS,)) -> Reply:
    context = replace(context, form=None, failures=0)
    return Reply((Say(response),), "talked", context.with_choices(choices), choices=choices)


def _send(form: Form, context: Context, situation: Situation) -> Reply:
    request = Request(form.name, form.contact_kind, form.contact, form.question)
    reply = _close(context, "utter_handoff_sent")
    says = (Say("utter_handoff_sent", {"reference": "", "when": say_when(situation.hours, situation.now)}),)
    return replace(reply, says=says, request=request)
