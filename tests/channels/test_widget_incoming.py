"""What a widget tells of the page that it stands on."""

from __future__ import annotations

import pytest

from bot.channels.widget.incoming import read_page


@pytest.mark.parametrize("more", ["", "?token=a1b2&email=nadia@exemple.fr", "#nadia", ";jsessionid=a1b2", "?a#b"])
def test_of_the_page_nothing_after_its_path_is_kept(more: str) -> None:
    told = {"url": f"https://boutique.exemple.fr/aide{more}", "title": "Aide"}
    assert read_page(told) == {"url": "https://boutique.exemple.fr/aide", "title": "Aide"}
