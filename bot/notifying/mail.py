"""Mails a request to the team."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage

from bot.notifying.webhook import SECONDS, NotTaken
from bot.settings import Settings
from bot.store.handoffs import Handoff


def message_of(handoff: Handoff, sender: str, to: str) -> EmailMessage:
    """Return the mail; an answer to it goes to the visitor where an address was left."""
    mail = EmailMessage()
    mail["Subject"] = f"Réso : demande n° {handoff.reference}"
    mail["From"], mail["To"] = sender, to
    mail["Message-ID"] = f"<demande-{handoff.reference}-{handoff.consented_at:%Y%m%d%H%M%S}@reso>"
    if handoff.contact_kind == "email":
        with suppress(ValueError):  # an address that no header can carry still stands below
            mail["Reply-To"] = handoff.contact
    mail.set_content(
        f"Une personne demande à être jointe.\n\n"
        f"Nom : {handoff.name or 'non donné'}\n"
        f"Contact : {handoff.contact}\n"
        f"Canal : {handoff.channel}\n"
        f"Accord donné le : {handoff.consented_at:%d/%m/%Y à %H:%M} (UTC)\n\n"
        f"Sa question :\n{handoff.question}\n"
    )
    return mail


def send(handoff: Handoff, given: Settings) -> None:
    """Send the mail. Raises NotTaken where the server does not take it."""
    mail = message_of(handoff, given.mail_from, given.mail_to)
    secure, taken = ssl.create_default_context(), False
    try:
        if given.smtp_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(given.smtp_host, given.smtp_port, timeout=SECONDS, context=secure)
        else:
            server = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=SECONDS)
        with server:
            if given.smtp_security == "starttls":
                server.starttls(context=secure)
            if given.smtp_user:
                server.login(given.smtp_user, given.smtp_password.get_secret_value())
            server.send_message(mail)
            taken = True
    except (OSError, smtplib.SMTPException) as error:
        if not taken:  # a server that takes it and then says goodbye badly has it all the same
            raise NotTaken(type(error).__name__) from error
