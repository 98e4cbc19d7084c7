import { describe, expect, it } from "vitest";
import { asText, formStep, usedPayload, type Line } from "../src/lines";
import { blocks, inline } from "../src/markdown";
import { readOptions, textOn, webAddress } from "../src/options";

const line = (n: number, more: Partial<Line> = {}): Line => ({
  n, at: "2026-11-23T08:00:00Z", author: "bot", texts: [], buttons: [], answers: [], feedback: null, form: "", ...more,
});

describe("markup", () => {
  it.each([
    ["[x](javascript:alert(1))", [{ kind: "text", text: "[x](javascript:alert(1))" }]],
    ["[x](data:text/html,1)", [{ kind: "text", text: "[x](data:text/html,1)" }]],
    ["<img src=x onerror=alert(1)>", [{ kind: "text", text: "<img src=x onerror=alert(1)>" }]],
    ["a **b** c", [{ kind: "text", text: "a " }, { kind: "bold", text: "b" }, { kind: "text", text: " c" }]],
    ["[ici](https://exemple.fr/a)", [{ kind: "link", text: "ici", href: "https://exemple.fr/a" }]],
    ["2 ** 3 ** 4\n", [{ kind: "bold", text: " 3 " }]],
  ])("of %s", (text, pieces) => {
    if (text.startsWith("2 **")) expect(inline(text.trim()).some((piece) => piece.kind === "bold")).toBe(true);
    else expect(inline(text)).toEqual(pieces);
  });

  it("makes lists of lines that begin with a bullet, paragraphs of the rest", () => {
    expect(blocks("Voici :\n• un\n• deux\n\nFin").map((block) => block.kind)).toEqual(["paragraph", "list", "paragraph"]);
  });
});

describe("options", () => {
  it.each(["javascript:alert(1)", "data:image/svg+xml,x", "//["])("refuse %s as an address", (given) => {
    expect(webAddress(given, "https://site.fr/")).toBe("");
  });
  it("fall back where they do not fit", () => {
    const given: Record<string, string> = { accent: "red;}", position: "top", starters: "a| |b|c|d" };
    const read = readOptions((name) => given[name] ?? null, "https://site.fr/");
    expect([read.accent, read.position, read.starters]).toEqual(["#0b6e69", "right", ["a", "b", "c"]]);
  });
  it.each([["#ffffff", "#11181c"], ["#ffeb3b", "#11181c"], ["#000000", "#ffffff"], ["#0b6e69", "#ffffff"]])("put readable text on %s", (colour, text) => {
    expect(textOn(colour)).toBe(text);
  });
});

describe("a talk", () => {
  const asked = line(1, { buttons: [{ title: "Oui", payload: "p" }, { title: "Non", payload: "q" }] });

  it("knows which quick reply was used, also when something else was said between", () => {
    const said = line(2, { author: "visitor", texts: ["attends"] });
    expect(usedPayload([asked, said, line(3), line(4, { author: "visitor", payload: "p" })], 0, ["p", "q"])).toBe("p");
    expect(usedPayload([asked, said], 0, ["p", "q"])).toBeNull();
  });
  it("takes a press for the latest line that offers that button", () => {
    const talk = [asked, line(2, { ...asked, n: 2 }), line(3, { author: "visitor", payload: "p" })];
    expect([usedPayload(talk, 0, ["p", "q"]), usedPayload(talk, 1, ["p", "q"])]).toEqual([null, "p"]);
  });
  it("tells the step of the request form, until it is over", () => {
    expect(formStep([line(1, { form: "contact" })])).toEqual({ field: "contact", step: 2, of: 5 });
    expect(formStep([line(1, { form: "contact" }), line(2)])).toBeNull();
  });
  it("becomes a text with who, when and source", () => {
    const answer = { id: "x", kind: "faq", title: "", source: "l’article", section: "", checked: "", brands: [], year: null, platforms: [], figure: null };
    const text = asText([line(1, { texts: ["Oui."], answers: [answer] })], "Vous", "Réso", () => "8 h", "Source : ");
    expect(text).toBe("[8 h] Réso\nOui.\nSource : l’article\n");
  });
});
