/** Where the visitor writes; in the request form it helps with what is asked. */

import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { Texts } from "../texts";
import { icons } from "./icons";

/** Most characters of a message; the server's limit. */
export const MOST = 1000;
const COUNT_FROM = 900;

interface ComposerActions {
  typed(text: string): void;
  send(): void;
  cancel(): void;
}

const AUTOCOMPLETE: Record<string, "name" | "email" | "off"> = { name: "name", contact: "email" };

/** Return the composer. `form`: which field of the request is asked, or null. */
export function composer(
  text: string, form: { field: string; step: number; of: number } | null, texts: Texts, actions: ComposerActions,
): TemplateResult {
  const left = MOST - text.length;
  const onKey = (event: KeyboardEvent) => {
    // 229: an input method is composing; Enter then chooses a word.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      actions.send();
    }
  };
  return html`
    ${form
      ? html`<div class="step"><span>${texts.step(form.step, form.of)}</span> <button type="button" @click=${actions.cancel}>${texts.cancel}</button></div>`
      : nothing}
    <form @submit=${(event: Event) => { event.preventDefault(); actions.send(); }}>
      <textarea rows="1" aria-label=${texts.message} placeholder=${texts.message} .value=${live(text)} enterkeyhint="send"
        autocomplete=${AUTOCOMPLETE[form?.field ?? ""] ?? "off"} inputmode=${form?.field === "contact" ? "email" : "text"}
        @input=${(event: Event) => actions.typed((event.target as HTMLTextAreaElement).value)} @keydown=${onKey}></textarea>
      <button class="send" type="submit" aria-label=${texts.send} title=${texts.send}>${icons.send}</button>
    </form>
    ${text.length >= COUNT_FROM
      ? html`<div class="count ${left < 0 ? "over" : ""}" role="status">${left < 0 ? texts.tooLong : texts.left(left)}</div>`
      : nothing}
  `;
}
