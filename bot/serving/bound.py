"""Binds the processes of a run to the one that started them: where that is killed, nobody is left behind without one who watches."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from bot.settings import settings

PR_SET_PDEATHSIG = 1
"""Linux, include/uapi/linux/prctl.h."""


def end_with_supervisor() -> None:
    """Have this process told to end when `make run` is gone; nothing to do where somebody else started it, or outside of Linux."""
    supervisor = settings().supervisor
    if not supervisor or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != supervisor:  # it went before we asked
        sys.exit(os.EX_UNAVAILABLE)
