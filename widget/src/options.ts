/** What a host page may set, as attributes of <reso-chat> or as data-* of the script. */

export interface Options {
  title: string;
  accent: string;
  position: "left" | "right";
  avatar: string;
  greeting: string;
  starters: string[];
  lang: "fr" | "en";
  privacy: string;
  consent: boolean;
  page: boolean;
}

export const ATTRIBUTES = ["title", "accent", "position", "avatar", "greeting", "starters", "lang", "privacy", "consent", "page"];

/** Return an http(s) address, or "" where it is anything else. */
export function webAddress(given: string | null | undefined, base: string): string {
  if (!given) return "";
  try {
    const address = new URL(given, base);
    return address.protocol === "https:" || address.protocol === "http:" ? address.href : "";
  } catch {
    return "";
  }
}

/** Read the options; what does not fit becomes the default. `get` returns an attribute's value or null. */
export function readOptions(get: (name: string) => string | null, base: string): Options {
  const accent = get("accent") ?? "";
  const starters = (get("starters") ?? "").split("|").map((text) => text.trim()).filter(Boolean);
  return {
    title: (get("title") ?? "").trim().slice(0, 60),
    accent: /^#[0-9a-f]{6}$/i.test(accent) ? accent : "#0b6e69",
    position: get("position") === "left" ? "left" : "right",
    avatar: webAddress(get("avatar"), base),
    greeting: (get("greeting") ?? "").trim().slice(0, 500),
    starters: starters.slice(0, 3).map((text) => text.slice(0, 120)),
    lang: get("lang") === "en" ? "en" : "fr",
    privacy: webAddress(get("privacy"), base),
    consent: get("consent") === "on",
    page: get("page") === "on",
  };
}

/** Return the text colour, white or near-black, that is read best on a colour (WCAG 2.2 relative luminance). */
export function textOn(colour: string): string {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.06 ? "#ffffff" : "#11181c";
}
