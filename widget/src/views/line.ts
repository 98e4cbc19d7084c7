/** One line of the talk: bubbles, card, figure, source, verdict, quick replies. Everything goes in as text. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Answer, Line } from "../lines";
import { blocks, type Inline } from "../markdown";
import type { Texts } from "../texts";
import { icons } from "./icons";

export interface LineActions {
  press(payload: string, title: string): void;
}

const inline = (pieces: Inline[]) =>
  pieces.map((piece) =>
    piece.kind === "bold"
      ? html`<strong>${piece.text}</strong>`
      : piece.kind === "link"
        ? html`<a href=${piece.href} target="_blank" rel="noopener noreferrer nofollow">${piece.text}</a>`
        : piece.text,
  );

/** Return a bubble with a text. */
export function bubble(text: string): TemplateResult {
  return html`<div class="bubble">
    ${blocks(text).map((block) =>
      block.kind === "list"
        ? html`<ul>${block.items.map((item) => html`<li>${inline(item)}</li>`)}</ul>`
        : html`<p>${block.lines.map((line, at) => html`${at ? html`<br />` : nothing}${inline(line)}`)}</p>`,
    )}
  </div>`;
}

/** Return the card of a case study or a figure; nothing for other kinds. */
export function card(answer: Answer, texts: Texts): TemplateResult | typeof nothing {
  const isCase = answer.kind === "cas";
  if (!isCase && !(answer.kind === "chiffre" && answer.figure)) return nothing;
  const chips = isCase ? [...answer.brands, ...(answer.year ? [String(answer.year)] : []), ...answer.platforms] : [];
  const figure = answer.figure;
  return html`<article class="card" aria-label=${answer.title}>
    <p class="kind">${isCase ? texts.caseStudy : texts.figure}</p>
    <h3>${answer.title}</h3>
    ${chips.length ? html`<ul class="chips">${chips.map((chip) => html`<li>${chip}</li>`)}</ul>` : nothing}
    ${figure
      ? html`<p class="figure"><strong>${figure.value}</strong> <span>${figure.text}</span> <small>${texts.source}${figure.source}</small></p>`
      : nothing}
  </article>`;
}

function source(answer: Answer, texts: Texts, day: (at: string) => string): TemplateResult {
  return html`<details>
    <summary>${texts.source}${answer.source}</summary>
    ${answer.section ? html`<p>${texts.section}${answer.section}</p>` : nothing}
    ${answer.checked ? html`<p>${texts.checked}<time datetime=${answer.checked}>${day(answer.checked)}</time></p>` : nothing}
  </details>`;
}

/** Return the parts of a line. `used`: payload of the quick reply that was pressed; `verdict`: the same for the two thumbs. */
export function line(
  shown: Line, texts: Texts, actions: LineActions, used: string | null, verdict: string | null,
  time: (at: string) => string, day: (at: string) => string,
): TemplateResult {
  const mine = shown.author === "visitor";
  const answer = shown.answers[0];
  const feedback = shown.feedback;
  const one = shown.answers.length === 1 ? answer : undefined;
  return html`
    ${shown.author === "agent" ? html`<span class="meta">${shown.name ?? ""}</span>` : nothing}
    ${one ? card(one, texts) : nothing}
    ${shown.texts.map((text) => (mine ? html`<div class="bubble">${text}</div>` : bubble(text)))}
    ${answer ? source(answer, texts, day) : nothing}
    <div class="foot">
      <span class="meta"><time datetime=${shown.at}>${time(shown.at)}</time></span>
      ${feedback
      ? html`<div class="verdict" role="group">
          ${thumb(icons.useful, "up", texts.useful, feedback.useful, texts.usefulShown, verdict, actions)}
          ${thumb(icons.notUseful, "down", texts.notUseful, feedback.not_useful, texts.notUsefulShown, verdict, actions)}
        </div>`
      : nothing}
    </div>
    ${shown.buttons.length
      ? html`<div class="replies">
          ${shown.buttons.map(
            (button) => html`<button type="button" ?disabled=${used !== null} ?data-used=${used === button.payload}
              @click=${() => actions.press(button.payload, button.title)}>${button.title}</button>`,
          )}
        </div>`
      : nothing}
  `;
}

function thumb(sign: TemplateResult, way: string, name: string, payload: string, title: string, given: string | null, actions: LineActions): TemplateResult {
  return html`<button type="button" aria-label=${name} title=${name} aria-pressed=${given === payload ? "true" : "false"} ?disabled=${given !== null}
    @click=${() => actions.press(payload, title)}><span class=${way}>${sign}</span></button>`;
}
