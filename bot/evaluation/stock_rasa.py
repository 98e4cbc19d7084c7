"""`python -m bot.evaluation.stock_rasa FOLDER`: train and ask stock Rasa in a process of its own; see `peers.rasa`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import numpy as np
import yaml

from bot.evaluation.peers import stock_config, stock_data


def main(folder: Path) -> None:
    """Read given.json, write told.json: labels, scores by noise, seconds of training, milliseconds a message."""
    given = json.loads((folder / "given.json").read_text(encoding="utf-8"))
    (folder / "config.yml").write_text(yaml.safe_dump(stock_config(given["kind"])), encoding="utf-8")
    (folder / "nlu.yml").write_text(stock_data(given["learnt"]), encoding="utf-8")
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    began = time.perf_counter()
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
    training = time.perf_counter() - began
    agent = Agent.load(model)
    labels = sorted({label for _, label in given["learnt"]})
    place = {label.replace("/", "--"): n for n, label in enumerate(labels)}

    async def ask(texts: list[str]) -> list[list[float]]:
        rows = []
        for text in texts:
            row = np.zeros(len(labels))
            for ranked in (await agent.parse_message(text))["intent_ranking"]:
                row[place[ranked["name"]]] = ranked["confidence"]
            rows.append(row.tolist())
        return rows

    asyncio.run(ask(given["asked"]["clean"][:5]))
    began = time.perf_counter()
    scores = {noise: asyncio.run(ask(texts)) for noise, texts in given["asked"].items()}
    spent = time.perf_counter() - began
    told = {
        "labels": labels, "scores": scores, "training": training,
        "milliseconds": 1000 * spent / sum(len(t) for t in given["asked"].values()),
    }  # fmt: skip
    (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
