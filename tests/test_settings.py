"""Settings that do not fit are named in French, and secrets that can be guessed do not fit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.settings import SettingsError, settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("RESO_SECRET", 32), ("RESO_REST_KEY", 16), ("RESO_METRICS_KEY", 16), ("RESO_WEBHOOK_SECRET", 16),
        ("RESO_META_VERIFY_TOKEN", 16), ("RESO_TELEGRAM_SECRET", 16), ("RESO_INNER_KEY", 16),
    ],
)  # fmt: skip
def test_a_secret_that_can_be_guessed_is_refused_by_name_and_never_repeated(name: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "z" * (least - 1))
    with pytest.raises(SettingsError) as refused:
        settings()
    assert f"{name} ne convient pas : {least} caractères au moins" in str(refused.value)
    assert "zzz" not in str(refused.value)
    for fits in ("z" * least, ""):
        monkeypatch.setenv(name, fits)
        settings.cache_clear()
        assert settings()


def test_a_secret_of_telegram_that_it_does_not_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESO_TELEGRAM_SECRET", "é" * 20)
    with pytest.raises(SettingsError, match="lettres sans accent"):
        settings()
