import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readOptions } from "../src/options";
import { PANEL } from "../src/panel-style";
import type { State } from "../src/talk";
import { textsOf } from "../src/texts";
import { Panel, type Actions } from "../src/views/panel";

const STATE: State = {
  lines: [], pending: [], connected: true, everConnected: true, greeting: true, typing: false, slow: 0, trouble: "", keepDays: 30, loading: false,
};

function shown(attributes: Record<string, string> = {}, more: Partial<State> = {}, consented = true, acts: Partial<Actions> = {}) {
  const frame = document.createElement("div");
  document.body.append(frame);
  const options = readOptions((name) => attributes[name] ?? null, "https://site.fr/");
  const actions = { consented: () => consented, awaited: () => false, ...acts } as unknown as Actions;
  const panel = new Panel(frame, options, textsOf(options.lang), actions);
  panel.show({ ...STATE, ...more });
  return { frame, panel, notice: () => frame.querySelector(".kept") };
}

describe("the line about what is kept", () => {
  beforeEach(() => void document.body.replaceChildren());
  afterEach(() => void document.body.replaceChildren());

  it("stands before the greeting, with the server's days and the way to erase", () => {
    const { frame, notice } = shown();
    expect(notice()?.textContent?.trim()).toBe(
      "Vos messages sont conservés 30\u00a0jours pour vous répondre. Écrivez «\u00a0supprime mes données\u00a0» pour tout effacer.",
    );
    expect(frame.querySelector(".talk")?.firstElementChild).toBe(notice());
  });
  it("names no days where the server told none", () => {
    expect(shown({}, { keepDays: 0 }).notice()?.textContent).toContain("Vos messages sont conservés pour vous répondre.");
  });
  it("stays in a talk that goes on", () => {
    const said = { n: 1, at: "2026-11-23T08:00:00Z", author: "visitor" as const, texts: ["bonjour"], buttons: [], answers: [], feedback: null, form: "" };
    expect(shown({}, { greeting: false, lines: [said] }).notice()).not.toBeNull();
  });
  it("leads to the host's page where there is one, and to nothing else", () => {
    const link = shown({ privacy: "https://site.fr/confidentialite" }).notice()?.querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://site.fr/confidentialite");
    expect(shown().notice()?.querySelector("a")).toBeNull();
    expect(shown({ privacy: "javascript:alert(1)" }).notice()?.querySelector("a")).toBeNull();
  });
  it("leaves the place to the question where the host asks for consent", () => {
    const { frame, notice } = shown({ consent: "on" }, {}, false);
    expect(notice()).toBeNull();
    expect(frame.querySelector("section")?.hasAttribute("aria-describedby")).toBe(false);
  });
  it("is read with the panel's name, and neither announced again nor given the focus", () => {
    const { frame, panel, notice } = shown();
    panel.open();
    expect(frame.querySelector("section")?.getAttribute("aria-describedby")).toBe(notice()?.id);
    expect(notice()?.getAttribute("aria-live")).toBe("off");
    expect(document.activeElement?.tagName).toBe("TEXTAREA");
  });
});

describe("the focus", () => {
  beforeEach(() => void document.body.replaceChildren());
  afterEach(() => void document.body.replaceChildren());

  function press(frame: HTMLElement, words: string): void {
    const found = [...frame.querySelectorAll("button")].find((one) => (one.getAttribute("aria-label") ?? one.textContent)?.trim() === words);
    found?.focus();
    found?.click();
  }
  const focused = () => document.activeElement?.tagName;

  it("goes back to the box after a download", () => {
    const { frame, panel } = shown();
    panel.open();
    press(frame, "Menu");
    press(frame, "Télécharger la conversation");
    expect(focused()).toBe("TEXTAREA");
  });
  it("goes back to the box after another try", () => {
    const retry = vi.fn();
    const { frame, panel } = shown({}, { pending: [{ id: "a", at: "2026-11-23T08:00:00Z", text: "allô", failed: true }] }, true, { retry });
    panel.open();
    press(frame, "Réessayer");
    expect(retry).toHaveBeenCalledOnce();
    expect(focused()).toBe("TEXTAREA");
  });
  it("is seen on the header, whatever the accent", () => {
    expect(PANEL).toMatch(/header button:focus-visible \{ outline-color: currentColor; \}/);
  });
  it.each([
    [{ ok: false }, "Impossible pour l’instant\u00a0: réessayez une fois la connexion revenue."],
    [{ ok: false, text: "Un instant." }, "Un instant."],
    [{ ok: true }, "Votre conversation est effacée."],
  ])("goes back to the box after an erasure that was answered %j, and it is told", async (answer, told) => {
    const { frame, panel } = shown({}, {}, true, { forget: () => Promise.resolve(answer) });
    panel.open();
    press(frame, "Menu");
    press(frame, "Effacer ma conversation");
    press(frame, "Oui, effacer");
    await Promise.resolve();
    expect(frame.querySelector(".status")?.textContent).toBe(told);
    expect(focused()).toBe("TEXTAREA");
  });
});

describe("the talk", () => {
  it("is not moved to the beginning of its last answer by a letter typed, but by a new line", () => {
    const said = (n: number) => ({ n, at: "2026-11-23T08:00:00Z", author: "bot" as const, texts: ["long"], buttons: [], answers: [], feedback: null, form: "" });
    const { frame, panel } = shown({}, { lines: [said(1)] });
    panel.open();
    const talk = frame.querySelector(".talk") as HTMLElement;
    let top = 600;
    Object.defineProperties(talk, {
      scrollHeight: { get: () => 1000 }, clientHeight: { get: () => 400 }, scrollTop: { get: () => top, set: (to: number) => (top = Math.min(600, to)) },
    });
    talk.getBoundingClientRect = () => ({ top: 0 }) as DOMRect;
    const tall = { clientHeight: { get: () => 700 }, getBoundingClientRect: { value: () => ({ top: 300 - top }) } };
    Object.defineProperties(frame.querySelector("li.line.bot:last-child"), tall);
    panel.draft("b");
    expect(top).toBe(600);
    const area = frame.querySelector("textarea") as HTMLTextAreaElement;
    area.value = "bo";
    area.dispatchEvent(new Event("input"));
    expect(top).toBe(600);
    const tallOnes = vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(700);
    panel.show({ ...STATE, lines: [said(1), said(2)] });
    tallOnes.mockRestore();
    expect(top).toBeLessThan(600);
  });
});
