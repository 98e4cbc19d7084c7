"""What the channels say themselves, when no turn of Rasa is behind it."""

APOLOGY = (
    "Toutes mes excuses, je ne parviens pas à répondre en ce moment. Votre question est gardée\u202f: "
    "redites-la-moi dans une minute, ou écrivez à l’équipe si c’est urgent."
)
ERASED = "C’est fait\u00a0: tout ce que je gardais de notre échange est supprimé."
EMPTY = "Je n’ai rien reçu à lire. Écrivez-moi votre question sur les réseaux sociaux, par exemple\u202f: est-ce que ça fait vendre\u202f?"
TOO_FAST = "Doucement, je n’arrive plus à suivre. Laissez-moi quelques secondes, puis renvoyez votre message."
BUSY = "Beaucoup de monde me parle en ce moment. Réessayez dans quelques secondes."
TOO_LONG = "Message trop long\u202f: {most} caractères au plus. Résumez votre question en une ou deux phrases."
NOT_CONFIGURED = "Ce canal n’est pas configuré."
REFUSED = "Cette requête est refusée."
UNREADABLE = "Cette requête n’est pas lisible."
EXPIRED = "Votre session a expiré. Je vous reconnecte."
NOT_NOW = "Je ne peux pas enregistrer votre message pour le moment. Il partira dès que possible."

ASSISTANT = "assistant virtuel"
"""Stands in whatever tells people that no person answers them."""
INTRODUCTION = f"Réso, {ASSISTANT}, vous répond."
ERASURE = "Pour effacer ce que je garde de vous, écrivez «\u00a0supprime mes données\u00a0»."

GREETING = "bonjour"
"""What stands for « opened the talk » in a turn of Rasa."""

_THINGS = {
    "image": "les images",
    "audio": "les messages vocaux",
    "video": "les vidéos",
    "document": "les documents",
    "sticker": "les autocollants",
    "location": "les positions",
    "contact": "les fiches de contact",
}
LOST = "Votre message ne m’est pas parvenu en entier. Pouvez-vous le réécrire\u202f?"
OLD_CHOICE = "Ce choix est trop ancien pour que je le retrouve. Écrivez-moi simplement votre question."
ONLY_BEGINNING = "Votre message est long\u202f: je n’en ai lu que le début."


def only_text(thing: str) -> str:
    """Return the sentence for something that cannot be read; `thing` as in `Event.unreadable`."""
    if thing in ("lost", "choice"):
        return LOST if thing == "lost" else OLD_CHOICE
    what = _THINGS.get(thing, "ce genre de message")
    return f"Je ne sais pas encore lire {what}\u202f: je lis le texte. Écrivez-moi votre question en quelques mots, et j’y réponds."
