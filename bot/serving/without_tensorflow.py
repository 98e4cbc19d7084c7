"""Lets Rasa start without importing TensorFlow: seconds and hundreds of megabytes that this assistant never uses.

Rasa imports TensorFlow at start for DIET, TED and their kin, whether the configuration names them or not. Réso's
components need none of it. `stand_in` puts an empty stand-in in its place: names resolve, classes can be derived
from, and the first real call fails with a sentence. Where config.yml names a component that computes with
TensorFlow, nothing is replaced.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from pathlib import Path
from typing import Any

COMPUTING = (
    "DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy", "ConveRTFeaturizer", "LanguageModelFeaturizer",
)  # fmt: skip
"""Components of Rasa 3.6.21 that compute with TensorFlow."""

REPLACED = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras")


class Missing:
    """Stands for any name of TensorFlow: can be derived from, decorated with, subscripted; not used."""

    def __init__(self, *args: Any, **kwargs: Any):
        pass

    def __class_getitem__(cls, item: Any) -> type:
        return cls

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing()


class StandIn(types.ModuleType):
    """A module in which every capitalised name is a class, every other a further stand-in."""

    __path__: list[str] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Answer questions asked at import, such as « which devices are there »: none."""
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "__version__":
            return "0"
        if name[:1].isupper():
            made: Any = type(name, (Missing,), {"__module__": self.__name__})
        elif f"{self.__name__}.{name}" in sys.modules:
            return sys.modules[f"{self.__name__}.{name}"]
        else:
            made = Missing() if name == "function" else StandIn(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes a stand-in for each replaced module that is imported."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """Claim the replaced packages."""
        if fullname.partition(".")[0] in REPLACED:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """Return the stand-in."""
        return StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Leave the stand-in as it is."""


def needed(config: Path) -> bool:
    """Tell whether a Rasa configuration names a component that computes with TensorFlow."""
    text = config.read_text(encoding="utf-8")
    return any(name in line for name in COMPUTING for line in text.splitlines() if not line.lstrip().startswith("#"))


def stand_in(config: Path) -> bool:
    """Put the stand-in in place where `config` allows; return whether it did. To be called before rasa is imported."""
    if needed(config) or "tensorflow" in sys.modules:
        return False
    sys.meta_path.insert(0, Finder())
    return True
