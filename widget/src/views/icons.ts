/** The few icons, drawn as paths. */

import { svg } from "lit-html";

const drawn = (path: string) =>
  svg`<svg viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d=${path} /></svg>`;

const THUMB = "M7 11v9H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h3Zm0 0 4-8a2.500 2.500 0 0 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1 7A2 2 0 0 1 18 20H7";

export const icons = {
  useful: drawn(THUMB),
  notUseful: drawn(THUMB),
  close: drawn("M5 12h14"),
  menu: svg`<svg viewBox="0 0 24 24" aria-hidden="true" fill="currentColor"><circle cx="12" cy="5" r="2" /><circle cx="12" cy="12" r="2" /><circle cx="12" cy="19" r="2" /></svg>`,
  person: drawn("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-8 9a8 8 0 0 1 16 0"),
  send: drawn("M4 12 20 4l-5 16-3-7-8-1Z"),
};
