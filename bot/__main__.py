"""Réso's command line: `python -m bot --help`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.serving.permissions import keep_to_us
from bot.serving.progress import Stop, fail, tell
from bot.settings import ROOT, SettingsError, settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit code. What stops it is one sentence on the error stream."""
    keep_to_us()
    parser = argparse.ArgumentParser(prog="python -m bot", description="Réso, l’assistant sur les réseaux sociaux")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="préparer et servir l’assistant")
    commands.add_parser("shell", help="lui parler dans ce terminal")
    commands.add_parser("prepare", help="préparer sans servir")
    commands.add_parser("train", help="entraîner, même si rien n’a changé")
    commands.add_parser("load", help="charger les fiches dans la base")
    check = commands.add_parser("check", help="vérifier les fiches")
    check.add_argument("--fix", action="store_true", help="corriger la typographie des fiches")
    commands.add_parser("questions", help="les dernières questions restées sans réponse")
    requests = commands.add_parser("requests", help="les demandes faites à l’équipe")
    requests.add_argument("--close", type=int, metavar="NUMÉRO", help="clore une demande")
    commands.add_parser("gateway", help="tenir la porte d’entrée (lancé par serve)")
    check_channels = commands.add_parser("channels-check", help="vérifier les jetons et les webhooks des messageries")
    check_channels.add_argument(
        "--set", action="store_true", help="déclarer aussi le webhook de Telegram et prolonger le jeton d’Instagram"
    )
    backing = commands.add_parser("backup", help="sauvegarder les bases et le modèle, sans arrêter")
    backing.add_argument("folder", nargs="?", metavar="DOSSIER", help="où ranger la sauvegarde")
    restoring = commands.add_parser("restore", help="remettre une sauvegarde en place, serveurs arrêtés")
    restoring.add_argument("archive", metavar="ARCHIVE")
    commands.add_parser("copy", help="copier la base SQLite dans celle de RESO_DATABASE_URL, serveurs arrêtés")
    commands.add_parser("purge", help="effacer ce qui est plus vieux que la durée de conservation")
    for name, text in (("export", "donner tout ce qui est gardé d’un visiteur"), ("erase", "effacer tout ce qui est gardé d’un visiteur")):
        visitor = commands.add_parser(name, help=text)
        of = visitor.add_mutually_exclusive_group(required=True)
        of.add_argument("--request", type=int, metavar="NUMÉRO", help="celui d’une demande à l’équipe")
        of.add_argument("--conversation", metavar="ID", help=IDS)
        of.add_argument("--contact", metavar="ADRESSE", help="un numéro de téléphone ou une adresse e-mail")
    commands.add_parser("notify", help="prévenir l’équipe de ses demandes (lancé par serve)")
    chosen = parser.parse_args(arguments)
    try:
        return int(COMMANDS[chosen.command](chosen) or 0)
    except (Stop, SettingsError) as error:
        fail(str(error))
        return 1
    except SQLAlchemyError as error:
        fail(
            f"La base ne répond pas comme il faut ({type(error).__name__}). Est-ce le bon dossier\u202f? RESO_FOLDER donne "
            f"{settings().folder}\u202f; sur un serveur, lancez «\u00a0reso {chosen.command}\u00a0» (docs/deployment.md, 7)."
        )
        return 1
    except KeyboardInterrupt:
        return 130


def _serve(chosen: argparse.Namespace) -> int:
    from bot.serving.preparing import prepare
    from bot.serving.supervising import serve

    prepare()
    serve()
    return 0


def _shell(chosen: argparse.Namespace) -> int:
    from bot.serving.preparing import prepare
    from bot.serving.supervising import shell

    prepare()
    return shell()


def _prepare(chosen: argparse.Namespace) -> None:
    from bot.serving.preparing import prepare

    prepare()


def _train(chosen: argparse.Namespace) -> None:
    from bot.serving.preparing import build_spacy, train

    build_spacy()
    train(force=True)


def _load(chosen: argparse.Namespace) -> None:
    from bot.serving.preparing import load_knowledge

    tell(load_knowledge())


def _check(chosen: argparse.Namespace) -> int:
    from bot.knowledge.catalogue import read_catalogue
    from bot.knowledge.content import entry_files, fix_typography, read_folder
    from bot.serving.preparing import CATALOGUE

    folder = ROOT / "data" / "knowledge"
    if chosen.fix:
        changed = [file for file in entry_files(folder) if fix_typography(file)]
        tell(f"Typographie : {len(changed)} fichier(s) corrigé(s).")
    entries, faults = read_folder(folder, set(read_catalogue(CATALOGUE)))
    for fault in faults:
        fail(str(fault))
    tell(f"{len(entries)} fiches, {len(faults)} faute(s).")
    return 1 if faults else 0


def _questions(chosen: argparse.Namespace) -> None:
    from bot.language.masking import mask
    from bot.store.inbox import pending
    from bot.store.questions import unanswered

    for asked_at, outcome, text in unanswered():
        tell(f"{asked_at:%d/%m/%Y %H:%M}  {OUTCOMES.get(outcome, outcome):20}  {text}")
    for channel, _, _, text in pending():
        tell(f"en panne, sans réponse ({channel})        {mask(text)}")


def _requests(chosen: argparse.Namespace) -> int:
    from bot.store import handoffs

    if chosen.close is not None:
        closed = handoffs.close(chosen.close)
        tell(f"Demande {chosen.close} close." if closed else f"Il n’y a pas de demande {chosen.close}.")
        return 0 if closed else 1
    for request in handoffs.open_requests():
        tell(
            f"n° {request.reference}  {request.consented_at:%d/%m/%Y %H:%M}  {request.name or 'sans nom'}  {request.contact}\n    {request.question}"
        )
    tell(f"Une demande est effacée {2 * settings().keep_requests_days} jours après l’accord donné, même si personne ne l’a close.")
    return 0


def _gateway(chosen: argparse.Namespace) -> None:
    from bot.gateway.app import run
    from bot.serving import models
    from bot.serving.bound import end_with_supervisor
    from bot.serving.logging_setup import configure
    from bot.settings import settings
    from bot.store import patience

    end_with_supervisor()
    configure("gateway")
    patience.be_prompt()
    run(lambda: models.current(settings().models))


def _backup(chosen: argparse.Namespace) -> None:
    from bot.store.archives import BackupError
    from bot.store.backups import backup

    # Without a word of ours Python would end where it stands, and leave the copies that it was making.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        report = backup(Path(chosen.folder) if chosen.folder else settings().backups)
    except BackupError as error:
        raise Stop(str(error)) from error
    tell(f"{report.file} : {report.bytes // 1024} Ko, {sum(report.rows.values())} lignes, relue.")
    for note in report.notes:
        tell(note)


def _restore(chosen: argparse.Namespace) -> None:
    from bot.store.archives import BackupError
    from bot.store.restoring import restore

    try:
        report = restore(Path(chosen.archive))
    except BackupError as error:
        raise Stop(str(error)) from error
    tell(f"Restauré ; ce qui était là est dans {report.aside}.")
    for note in report.notes:
        tell(note)


def _copy(chosen: argparse.Namespace) -> None:
    from tqdm import tqdm

    from bot.store.copying import CopyError, copy_store, total_rows
    from bot.store.holding import Held, hold
    from bot.store.pseudonyms import KEY_FILE

    given = settings()
    source = given.folder / "reso.db"
    if not given.database_url or not source.is_file():
        raise Stop(f"Il faut une base SQLite ({source}) et, dans RESO_DATABASE_URL, celle où la copier.")
    try:
        with hold(given.folder), tqdm(desc="Copie", unit=" lignes", total=total_rows(f"sqlite:///{source}")) as shown:
            rows = copy_store(f"sqlite:///{source}", given.store_url, shown.update)
    except Held:
        raise Stop(f"Réso tourne dans le dossier {given.folder} : arrêtez-le d’abord.") from None
    except CopyError as error:
        raise Stop(f"Rien n’a été copié : {error}") from error
    tell(", ".join(f"{table} : {count}" for table, count in rows.items() if count))
    tell(f"Copié et relu. {source} n’a pas changé : supprimez-le quand tout va bien, il contient ce que vos visiteurs ont écrit.")
    if not given.pseudonym_key.get_secret_value():
        tell(f"Pour servir depuis une deuxième machine, donnez-lui dans RESO_PSEUDONYM_KEY le contenu de {given.folder / KEY_FILE}.")


def _purge(chosen: argparse.Namespace) -> None:
    from bot.serving.purging import purge_now

    tell(", ".join(f"{kind} : {count}" for kind, count in purge_now(settings()).items()))


def _sender(chosen: argparse.Namespace) -> str:
    from bot.store.privacy import sender_of_request

    if chosen.contact is not None:
        return _sender_behind(chosen.contact)
    sender = chosen.conversation or sender_of_request(chosen.request)
    if sender is None:
        raise Stop(f"Il n’y a pas de demande {chosen.request}.")
    return str(sender)


def _sender_behind(typed: str) -> str:
    from bot.language.contact import read_contact
    from bot.store.privacy import conversations_of

    contact = read_contact(typed)
    if contact is None:
        raise Stop("Ce n’est ni un numéro de téléphone ni une adresse e-mail qui existe\u202f: vérifiez ce que vous avez tapé.")
    found = conversations_of(contact)
    if not found:
        raise Stop("Aucune conversation gardée ne mène à ce numéro ou à cette adresse.")
    if len(found) > 1:
        # Anybody may have typed somebody else's address: a person decides which are theirs.
        lines = [f"  {sender}" + "".join(f", demande {number}" for number in numbers) for sender, numbers in found.items()]
        raise Stop(
            "Plusieurs conversations y mènent\u202f: vérifiez lesquelles sont celles de la personne, puis relancez pour chacune avec "
            "--conversation.\n" + "\n".join(lines)
        )
    return next(iter(found))


def _export(chosen: argparse.Namespace) -> None:
    from bot.store.privacy import export

    tell(json.dumps(export(_sender(chosen)), ensure_ascii=False, indent=2))


def _erase(chosen: argparse.Namespace) -> None:
    from bot.store.holding import Held, hold
    from bot.store.privacy import erase_everywhere

    given, sender, running = settings(), _sender(chosen), False
    try:
        with hold(given.folder):
            erased = erase_everywhere(sender)
    except Held:
        erased, running = erase_everywhere(sender), True
    tell(", ".join(f"{kind} : {count}" for kind, count in erased.counts.items()))
    if running:
        tell(
            "Réso tourne\u202f: si la personne écrivait à cet instant, une partie a pu être notée de nouveau. Relancez cette commande dans une "
            "minute\u202f: tout doit être à 0. Un onglet resté ouvert montre la conversation jusqu’à ce qu’il soit rechargé."
        )
    if not erased.emptied:
        tell(
            "Une trace reste dans le journal d’une base (fichier -wal), que Réso lisait à cet instant\u202f: relancez cette commande, ou "
            "arrêtez Réso, et elle disparaît."
        )
    tell(
        f"Ne sont pas effacés d’ici\u202f: ce que l’équipe a déjà reçu par webhook ou par e-mail, et les sauvegardes, gardées "
        f"{given.keep_backups_days}\u00a0jours\u202f; «\u00a0restore\u00a0» efface de nouveau ce qui l’était"
        + ("." if given.store_url.startswith("sqlite") else ", «\u00a0pg_restore\u00a0» non (docs/deployment.md, 7).")
    )


def _channels_check(chosen: argparse.Namespace) -> int:
    import asyncio

    from bot.gateway.checking import check_channels

    return asyncio.run(check_channels(chosen.set))


def _notify(chosen: argparse.Namespace) -> None:
    import asyncio

    from bot.notifying.delivering import run
    from bot.serving.bound import end_with_supervisor
    from bot.serving.logging_setup import configure
    from bot.store import patience

    end_with_supervisor()
    configure("notify")
    patience.be_prompt()
    asyncio.run(run())


IDS = (
    "celui d’une conversation\u202f: whatsapp.33612345678 (indicatif et numéro, sans +), messenger.…, instagram.… ou telegram.… suivi du "
    "numéro que la messagerie donne à la personne, widget.… pour le site, et par REST rest. suivi de ce que votre programme a donné"
)
OUTCOMES = {"unsure": "choix proposé", "refused": "pas de réponse", "human": "veut une personne"}
COMMANDS = {
    "serve": _serve, "shell": _shell, "prepare": _prepare, "train": _train, "load": _load, "check": _check, "questions": _questions,
    "requests": _requests, "notify": _notify, "gateway": _gateway, "channels-check": _channels_check,
    "backup": _backup, "restore": _restore, "copy": _copy, "purge": _purge, "export": _export, "erase": _erase,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main())
