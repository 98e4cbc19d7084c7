"""Defaults of the classifier, apart from the component so that measuring them needs no Rasa."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    # Weight of each view of the text; a view left out is not computed.
    "views": {"words": 1.0, "sounds": 1.0, "letters": 1.0},
    # C of the linear SVM, with classes balanced: smaller is smoother. 0.03 to 0.3 are within a point of each other.
    "regularisation": 0.1,
    # Factor on margins before the softmax: likeliest on held-out voices, printed by `make evaluate`.
    "sharpness": 8.0,
    # Badly typed copies of each example that are learnt beside it, by group. With twelve voices and fewer a second copy
    # for entries was worth 2 points on noisy text; with sixteen it is within half a point, for a third more training.
    "noisy_copies": {"entry": 1, "outside": 1, "talk": 1},
}
