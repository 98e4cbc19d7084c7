"""What programs read of a reply says the same as what people read."""

from __future__ import annotations

import pytest

from actions.replying import custom_of
from tests.conftest import a_library, an_entry
from tests.dialogue.talking import Talk, said

LIBRARY = a_library(
    an_entry(
        "faq/ventes", answer="Oui, à 71 %. C’est beaucoup.", examples=["Instagram vend."],
        figures=[{"value": "71 %", "text": "recommandent", "source": "Hootsuite"}],
    )
)  # fmt: skip


@pytest.mark.parametrize("move", ["", "follow_up/more", "follow_up/example"])
def test_the_widgets_source_line_names_who_the_text_names(move: str) -> None:
    talk = Talk(LIBRARY)
    reply = talk.asked("faq/ventes")
    if move:
        reply = talk.hears(said("encore", move))
    source = custom_of(reply, LIBRARY)["answers"][0]["source"]
    assert source == reply.says[0].values["source"]
    assert ("Hootsuite" in source) == (move == "")
