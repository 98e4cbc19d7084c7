"""Messages whose meaning is certain without a model: buttons, lone emoji, other scripts, cries for help. Pure."""

from __future__ import annotations

import re
import unicodedata

from bot.language.chat_spelling import SPELLINGS
from bot.language.cleaning import SAFE_SLASH
from bot.language.folding import fold, words
from bot.language.positions import names_a_place
from bot.language.tokens import is_token

_EMOJI = {
    "👍": "feedback/useful", "👌": "feedback/useful", "💯": "feedback/useful", "👎": "feedback/not_useful",
    "🙏": "thank", "❤": "thank", "👋": "greet", "✅": "choice/affirm", "❌": "choice/deny",
}  # fmt: skip

_DISTRESS = re.compile(
    r"\b(?:(?<!va )(?<!vont )me (?:tuer|pendre|foutre en l.?air|scarifi\w*|mutil\w*|faire du mal)|en finir avec (?:la|ma) vie|veu[xt] (?:plus vivre|mourir|en finir)"
    r"|envie (?:de|d) (?:mourir|crever|en finir|disparaitre|plus vivre)|mettre fin a mes jours|plus envie de vivre|plus la force de vivre"
    r"|personne ne (?:me )?regretter\w*|je me (?:coupe|scarifie|mutile|taillade)|veux crever)\b"
)
_NAME_CALLING = r"(?:abrutie?|connards?|connasse|con|conne|cretine?|debile|imbecile|idiote?|encule|enfoire|batard|salope|salaud|bouffon(?:ne)?|tocard|tare|merde)s?"
_INSULT = re.compile(
    rf"\b(?:(?:tu es|t es|tes|vous etes) (?:\w+ ){{0,4}}{_NAME_CALLING}|(?:espece de?|sale|gros|grosse|pauvre|(?<!n importe )(?:quel|quelle)|bande de|toi) {_NAME_CALLING}"
    r"|fils de pute|fdp|ntm|ta gueule|va te faire (?:foutre|voir|mettre)|va chier|nique ta mere)\b"
)
_INSULT_ALONE = re.compile(rf"(?:reso |bot |robot )?{_NAME_CALLING}(?: va| reso| de (?:bot|robot))?")
_ABOUT_ME = re.compile(
    r"^(?:\w+ ){0,4}(?:tu|t|vous|on) (?:\w+ ){0,2}(?:sai[st]?|savez|garde[sz]?|gardez|stocke\w*|connai\w*|memoris\w*) (?:\w+ ){0,3}(?:sur|de) moi\b(?: \w+){0,2}$"
)
_SUICIDE = re.compile(r"\bsuicid\w*")
_MINE = re.compile(r"\b(?:j|je|m|me|moi|mon|ma|mes|chui|chuis|jsuis)\b")
_NOT_MINE = re.compile(r"\b(?:article|campagne|film|serie|chiffre|statistique|prevention du suicide|taux de)\b")

_SCRIPTS = {"ARABIC": "ar", "CYRILLIC": "ru", "CJK": "zh"}
_FOREIGN = {
    "en": "the is are what how why who when where which do does did can could would should you your my i'm it's this that with from have has about "
    "please hello hi thanks thank people business company sales followers of to for and not want need help tell me give write ignore previous instructions "
    "am was were an will if there their they we our us be been best make get give brand account why's",
    "es": "que es el los las una como para por con pero cuanto cuantos cuando donde quien porque hola gracias puedo puede quiero tengo redes sociales "
    "mi mis su sus esta este son hacer mas muy ayuda empresa usted tu del al cual cuales",
    "de": "der die das und ist nicht ein eine wie was warum wer wann wo ich du sie wir ihr mit fur auf kann konnen mein meine hallo danke sozialen "
    "medien netzwerke bitte haben gibt uber von zu mir",
    "it": "che il gli una come perche chi quando dove sono della delle per con ciao grazie posso puo voglio mio mia azienda aiuto di piu anche "
    "questo questa quanto quanti sui nella mi",
    "pt": "que o os as uma como porque quem quando onde sao para com ola obrigado obrigada posso pode quero tenho meu minha redes sociais mais empresa "
    "voce nao sim isso esta ajuda do da dos das em no na",
    "nl": "het een de en is niet wat hoe waarom wie wanneer waar ik jij u wij met voor kan mijn hallo bedankt sociale media zijn heeft van naar aan op",
}  # fmt: skip
_FRENCH = set(
    """
    le la les un une des du de et est en je tu il elle on nous vous ils elles ce cette ces qui que quoi dont
    ou pour avec sans sur dans par pas plus mon ma mes ton ta tes son sa ses notre votre leur au aux c j l d
    qu n s m t y a comment pourquoi combien quand quel quelle suis es sont ai as avez ont fait faire peut peux
    veux veut merci bonjour salut oui non ca cela reseaux sociaux si mais donc aussi tres bien moi toi lui
    """.split()
)
_FOREIGN_WORDS = {language: set(listed.split()) for language, listed in _FOREIGN.items()}


def recognise(text: str) -> str | None:
    """Return the label of a cleaned message that needs no model, or None."""
    stripped = text.strip()
    if is_token(stripped):
        return "choice/pressed"
    if stripped.startswith(SAFE_SLASH):
        return "out_of_scope/hostile"
    letters = [c for c in stripped if c.isalpha()]
    if not letters and not any(c.isdigit() for c in stripped):
        return next((_EMOJI[c] for c in stripped if c in _EMOJI), "out_of_scope/gibberish")
    folded = " ".join(words(stripped))
    if names_a_place(stripped):
        return "follow_up/position"
    mine = _DISTRESS.search(folded) or (_SUICIDE.search(folded) and _MINE.search(folded))
    if mine and not _NOT_MINE.search(folded):
        return "distress"
    if _ABOUT_ME.search(folded):
        return "ask_privacy"
    if _INSULT.search(folded) or _INSULT_ALONE.fullmatch(folded):
        return "insult"
    return "other_language" if letters and other_language(stripped) else None


def other_language(text: str) -> str | None:
    """Return the code of the language that `text` is surely written in when that is not French, else None.

    « xx » stands for a script of which no one language is told. Short texts and names count as French.
    """
    letters = [c for c in text if c.isalpha()]
    scripts = [unicodedata.name(c, "").partition(" ")[0] for c in letters]
    if letters and scripts.count("LATIN") / len(letters) < 0.5:
        return _SCRIPTS.get(max(set(scripts), key=scripts.count), "xx")
    spoken = fold(text).replace("'", " ").split()
    tokens = [w for w in (t.strip('.,;:!?¿¡()"«»') for t in spoken) if w]
    if len(tokens) < 3:
        return None
    french = sum(w in _FRENCH or w in SPELLINGS for w in tokens)
    language, hits = max(((l, sum(w in ws for w in tokens)) for l, ws in _FOREIGN_WORDS.items()), key=lambda c: c[1])
    only = sum(w in _FOREIGN_WORDS[language] and w not in _FRENCH for w in tokens)
    accents = sum(c in "éèêëàâçôûùîïœ" for c in text.lower())
    if only >= 2 and hits > 1.5 * french and hits >= 0.34 * len(tokens) and not (accents and language == "en"):
        return language
    return None
