"""One way of logging for every process: JSON lines without personal data, in a file of its own or on the output.

    configure("gateway")     in each process of ours, first thing
    configure_rasa()         in Rasa's, once rasa.__main__ is imported

Rasa and rasa_sdk set up logging of their own when they start: in colours, with local variables in tracebacks (rasa.utils.
log_utils.configure_structlog of 3.6.21, `dict_tracebacks`). Theirs is replaced, not added to.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog

from bot.serving.log_files import DailyFile
from bot.serving.log_lines import JsonLines
from bot.settings import settings

OWN_LEVEL = logging.INFO
OTHERS_LEVEL = logging.WARNING
"""Libraries tell what they take in at INFO."""

_NAMES_OF_THINGS = frozenset({"action_name", "policy_name", "policy", "model_id", "importer"})

logger = logging.getLogger(__name__)


def configure(name: str, folder: Path | None = None, to_output: bool = False) -> Path | None:
    """Send all logs of this process to `folder`/`name`.log (default: log/ in the settings' folder), or to the output.

    Returns the file. May be called again: the last call holds.
    """
    file = None if to_output else (folder or settings().folder / "log") / f"{name}.log"
    handler = logging.StreamHandler(sys.stdout) if file is None else DailyFile(file)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(OTHERS_LEVEL)
    for own in ("bot", "actions"):
        logging.getLogger(own).setLevel(OWN_LEVEL)
    # For loggers that a library cuts off from the root, such as Sanic's: they would go to the error stream, as they are.
    logging.lastResort = handler  # type: ignore[assignment]
    logging.raiseExceptions = False
    sys.excepthook = _uncaught
    threading.excepthook = lambda given: _uncaught(given.exc_type, given.exc_value, given.exc_traceback)
    return file


def configure_rasa() -> None:
    """Keep Rasa's command line from setting up logging of its own; to be called when `rasa.__main__` is imported."""
    import rasa.__main__
    import rasa.utils.io
    import rasa.utils.log_utils

    def nothing(*args: Any) -> None:
        return

    rasa.utils.io.configure_colored_logging = nothing
    for module in (rasa.__main__, rasa.utils.log_utils):
        module.configure_structlog = lambda level=None: configure_structlog()
    configure_structlog()


def configure_structlog() -> None:
    """Send what is logged with structlog the way of all logs: its event, and of the values with it only what nobody typed."""
    structlog.configure(
        processors=[plain],
        context_class=dict,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(OTHERS_LEVEL),
        cache_logger_on_first_use=True,
    )


def plain(given: Any, method: str, event: MutableMapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """Turn an event of structlog into the arguments of a call of `logging`."""
    values = " ".join(f"{name}={value}" for name, value in sorted(event.items()) if _harmless(name, value))
    # « exc_info » is True, an error or what sys.exc_info() gives, as in logging.
    return (f"{event.get('event')} {values}".strip(),), {"exc_info": event.get("exc_info")}


def _harmless(name: str, value: Any) -> bool:
    if name in ("event", "exc_info", "stack_info"):
        return False
    return isinstance(value, (bool, int, float)) or (name in _NAMES_OF_THINGS and isinstance(value, str) and len(value) < 80)


def last_message(file: Path) -> str:
    """Return what the newest error in a log says, or its newest line; empty where there is none. For people."""
    try:
        with file.open("rb") as read:
            read.seek(max(0, file.stat().st_size - 65536))
            lines = read.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    newest = ""
    for line in reversed(lines):
        try:
            held = json.loads(line)
        except ValueError:
            continue
        errors = held.get("error") or [{}]
        said = " : ".join(filter(None, (held.get("message"), errors[0].get("type"), errors[0].get("said"))))
        if held.get("level") in ("error", "critical"):
            return said
        newest = newest or said
    return newest


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is None or issubclass(kind, (KeyboardInterrupt, SystemExit)):
        return
    logger.critical("ended by an error that nobody caught", exc_info=(kind, error, trace))
