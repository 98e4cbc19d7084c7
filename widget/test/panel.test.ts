import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readOptions } from "../src/options";
import type { State } from "../src/talk";
import { textsOf } from "../src/texts";
import { Panel, type Actions } from "../src/views/panel";

const STATE: State = {
  lines: [], pending: [], connected: true, everConnected: true, greeting: true, typing: false, slow: 0, trouble: "", keepDays: 30, loading: false,
};

function shown(attributes: Record<string, string> = {}, more: Partial<State> = {}, consented = true) {
  const frame = document.createElement("div");
  document.body.append(frame);
  const options = readOptions((name) => attributes[name] ?? null, "https://site.fr/");
  const actions = { consented: () => consented, awaited: () => false } as unknown as Actions;
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
