"use strict";
// A talk over Rasa's REST channel. Everything shown goes through textContent: no markup is ever read from an answer.

const log = document.getElementById("log");
const status = document.getElementById("status");
const form = document.getElementById("form");
const field = document.getElementById("text");
const WAIT_MS = 20000;

const sender = sessionStorage.getItem("reso") || crypto.randomUUID();
sessionStorage.setItem("reso", sender);

function bubble(text, who) {
  const box = document.createElement("div");
  box.className = `bubble ${who}`;
  const at = who === "bot" ? text.lastIndexOf("\n\nSource") : -1;
  box.textContent = at < 0 ? text : text.slice(0, at);
  if (at >= 0) {
    const source = document.createElement("span");
    source.className = "source";
    source.textContent = text.slice(at).trim();
    box.append(source);
  }
  log.append(box);
  log.scrollTop = log.scrollHeight;
}

function verdicts({ useful, not_useful }) {
  choices([
    { title: "👍", label: "Réponse utile", payload: useful },
    { title: "👎", label: "Réponse pas utile", payload: not_useful },
  ], "choices verdicts");
}

function choices(buttons, kind = "choices") {
  const row = document.createElement("div");
  row.className = kind;
  for (const { title, label, payload } of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", () => {
      for (const other of row.children) other.disabled = true;
      bubble(label || title, "me");
      ask(payload);
    });
    row.append(button);
  }
  log.append(row);
  log.scrollTop = log.scrollHeight;
}

async function ask(message) {
  status.textContent = "Réso écrit…";
  try {
    const reply = await fetch("/webhooks/rest/webhook", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sender, message, message_id: crypto.randomUUID() }),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    const body = await reply.json();
    for (const part of reply.ok ? body : [{ text: body.error }]) {
      if (part.text) bubble(part.text, "bot");
      if (part.buttons) choices(part.buttons);
    }
    const judged = reply.ok && body.find((part) => part.custom?.feedback);
    if (judged) verdicts(judged.custom.feedback);
    status.textContent = "";
  } catch {
    status.textContent = "Connexion perdue : votre message n’a pas reçu de réponse. Réessayez dans un instant.";
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  bubble(text, "me");
  ask(text);
});

ask("bonjour");
