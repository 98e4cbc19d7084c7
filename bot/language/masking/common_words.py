"""Words that do not begin a name where a name might stand, in lower case."""

from __future__ import annotations

NOT_NAMES = frozenset(
    "a ai ait alors après as au aussi aux avant avec avez avoir bien bon bonjour bonsoir c ca car ce celle celui ces cest cet cette combien comme comment "
    "contre d dans de depuis des dire directement dites dois donc du elle en encore enfin est et etait etes eu euh faire fait faut g grave hello i ici idem il "
    "ils inconnu ja jai je jle j juste jveux jvoudrais kel kelle l la le les leur lol lui m ma mais mal me merci mes mieux mo moi mon moyen mtn n ne ni non nos "
    "notre nous nul occupé on ou oui où pareil par parce pas personne pk plus plutôt pour pourquoi pouvez pr pq que quel quelle quelles quels qui quoi "
    "numero numéro nom prénom prenom mail email tel téléphone adresse âge rien s sa salut sans se ses si simple slt son souvent sous suis sujet sur svp stp ta "
    "tard te tes toi ton toujours tous tout toute trop très tu un une urgent va vais veux vers via voici voila voilà vos votre voudrais vous vraiment wesh y à ça "
    "écrit êtes mr mme mlle monsieur madame mademoiselle messieurs mesdames client cliente "
    "chez surtout déjà deja pris prise utilisé utilisée connu connue difficile bloqué usurpé volé affiché visible public partout cité long court introuvable obligatoire obligatoires facultatif "
    "demain hier maintenant aujourd'hui aujourd’hui vite rapidement lundi mardi mercredi jeudi vendredi samedi dimanche matin midi soir quand dès entre "
    "simplement seulement uniquement exactement certains certaines plusieurs beaucoup quelques "
    "réseaux reseaux réseau reseau posts post vidéos videos vidéo video pubs pub publicités publicité marques marque abonnés stories story followers "
    "photos photo contenus contenu comptes compte".split()
)

ROLES = frozenset(
    "community social media digital content brand product project manager head chief directeur directrice responsable chef cheffe chargé chargée assistant "
    "assistante fondateur fondatrice cofondateur cofondatrice gérant gérante président présidente étudiant étudiante entrepreneur entrepreneuse "
    "entrepreneure autoentrepreneur auto-entrepreneur auto-entrepreneuse freelance indépendant indépendante coach consultant consultante commercial "
    "commerciale vendeur vendeuse commerçant commerçante artisan artisane photographe influenceur influenceuse créateur créatrice professeur professeure "
    "prof enseignant enseignante lycéen lycéenne collégien maman papa parent graphiste développeur développeuse rédacteur rédactrice journaliste".split()
)
"""What people are by trade: « Je suis Community Manager »."""

PARTICLES = frozenset("de du des da di el al ben bin bint la le les van von der den dos abu ould d l".split())
"""Words that go on within a name and need another after them; those of NOT_NAMES begin one only with a capital."""

ELIDED = frozenset("c g j l m n qu s t".split())
