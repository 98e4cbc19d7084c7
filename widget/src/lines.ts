/** What the server tells (docs/widget-protocol.md), and what can be read out of a talk. Pure. */

export interface Button {
  title: string;
  payload: string;
}

export interface Figure {
  value: string;
  text: string;
  source: string;
}

export interface Answer {
  id: string;
  kind: string;
  title: string;
  source: string;
  section: string;
  checked: string;
  brands: string[];
  year: number | null;
  platforms: string[];
  figure: Figure | null;
}

export interface Line {
  n: number;
  at: string;
  author: "visitor" | "bot" | "agent" | "notice";
  id?: string;
  payload?: string;
  reply_to?: string;
  name?: string;
  texts: string[];
  buttons: Button[];
  answers: Answer[];
  feedback: { useful: string; not_useful: string } | null;
  form: string;
}

const FORM_STEPS = ["name", "contact", "question", "consent", "confirm"];

/** Add lines to a talk: each number once, in order. Returns a new list. */
export function merge(held: readonly Line[], more: readonly Line[]): Line[] {
  const known = new Set(held.map((line) => line.n));
  const fresh = more.filter((line) => !known.has(line.n) && known.add(line.n));
  return [...held, ...fresh].sort((a, b) => a.n - b.n);
}

/** Return which of the payloads that line `at` offers was pressed, or null; a press is on the latest line that offers it. */
export function usedPayload(lines: readonly Line[], at: number, payloads: readonly string[]): string | null {
  for (const line of lines.slice(at + 1)) {
    if (line.payload !== undefined && payloads.includes(line.payload)) return line.payload;
    if (line.buttons.some((button) => payloads.includes(button.payload))) payloads = payloads.filter((one) => !line.buttons.some((button) => button.payload === one));
  }
  return null;
}

/** Return where the request form stands after a talk: the field asked and its step, or null. */
export function formStep(lines: readonly Line[]): { field: string; step: number; of: number } | null {
  const last = [...lines].reverse().find((line) => line.author === "bot");
  const step = last ? FORM_STEPS.indexOf(last.form) : -1;
  return last && step >= 0 ? { field: last.form, step: step + 1, of: FORM_STEPS.length } : null;
}

/** Return the talk as plain text, for a file. */
export function asText(lines: readonly Line[], you: string, bot: string, when: (at: string) => string, source: string): string {
  return lines
    .map((line) => {
      const who = line.author === "visitor" ? you : line.author === "agent" ? (line.name ?? bot) : line.author === "notice" ? "—" : bot;
      const from = line.answers[0] ? `\n${source}${line.answers[0].source}` : "";
      return `[${when(line.at)}] ${who}\n${line.texts.join("\n")}${from}\n`;
    })
    .join("\n");
}
