"""The tools are scripts; their folder is where they find each other."""

import sys

from bot.settings import ROOT

sys.path.insert(0, str(ROOT / "tools"))
