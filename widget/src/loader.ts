/** The first few kilobytes on a host page: the launcher, the element's attributes and methods. The rest comes when it is wanted. */

import { addressOf, bundle } from "./bundle";
import { ATTRIBUTES, readOptions, textOn, type Options } from "./options";
import { adopt, LAUNCHER } from "./styles";
import { textsOf } from "./texts-launcher";
import type { Mounted } from "./main";

declare const __MAIN__: string;

const script = (document.currentScript ?? document.querySelector('script[src*="/reso/widget.js"]')) as HTMLScriptElement | null;
const base = new URL(".", script?.src ?? location.href).href;
/** How long a word beside the launcher stays. */
const WORD_MILLISECONDS = 10_000;
const SVG = "http://www.w3.org/2000/svg";

class ResoChat extends HTMLElement {
  private mounted: Promise<Mounted> | null = null;
  private failures = 0;
  private opened = false;
  private launcher!: HTMLButtonElement;
  private frame!: HTMLElement;
  private word!: HTMLElement;
  private wordTimer = 0;
  private options!: Options;

  connectedCallback(): void {
    if (this.shadowRoot) {
      void this.mounted?.then((mounted) => mounted.back(), () => undefined);
      return;
    }
    this.options = readOptions((name) => this.getAttribute(name) ?? (script?.dataset[name] || null), location.href);
    // « title » is a tooltip on every element: it is ours only.
    this.removeAttribute("title");
    const root = this.attachShadow({ mode: "open" });
    adopt(root, LAUNCHER);
    this.style.setProperty("--accent", this.options.accent);
    this.style.setProperty("--on-accent", textOn(this.options.accent));
    this.frame = document.createElement("div");
    this.frame.lang = this.options.lang;
    this.frame.className = this.options.position;
    this.launcher = document.createElement("button");
    this.launcher.type = "button";
    this.launcher.className = "launcher";
    this.launcher.setAttribute("aria-haspopup", "dialog");
    this.launcher.append(icon("M4 4h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z"));
    this.word = document.createElement("div");
    this.word.className = "word";
    this.word.setAttribute("role", "status");
    this.frame.append(this.launcher, this.word);
    root.append(this.frame);
    this.badge(0);
    for (const event of ["pointerenter", "focus"]) this.launcher.addEventListener(event, () => void this.load(), { once: true });
    this.launcher.addEventListener("click", () => (this.opened ? this.close() : this.open()));
    // Somebody who talked before gets what was said meanwhile, as a badge.
    if (hasTalk(base)) (window.requestIdleCallback ?? window.setTimeout)(() => void this.load());
  }

  disconnectedCallback(): void {
    // Who only moves the element inserts it again at once. One that is gone for good must not keep its connection: pages that exchange
    // their body would pile them up.
    queueMicrotask(() => void this.mounted?.then((mounted) => this.isConnected || mounted.leave(), () => undefined));
  }

  /** Open the conversation. */
  open(): void {
    this.loaded((mounted) => mounted.open());
  }

  /** Close it; the talk goes on. */
  close(): void {
    void this.mounted?.then((mounted) => mounted.close());
  }

  /** Open it and say something in the visitor's name. */
  send(text: string): void {
    this.loaded((mounted) => {
      mounted.open();
      mounted.send(String(text));
    });
  }

  /** Do something as soon as the rest is there; tell the visitor where it cannot be had. The next try is the next tap. */
  private loaded(then: (mounted: Mounted) => void): void {
    this.say("");
    this.load().then(then, () => this.say(textsOf(this.options.lang).failed));
  }

  private load(): Promise<Mounted> {
    this.mounted ??= bundle(addressOf(base, __MAIN__, this.failures)).then((main) => {
      const mounted = main.mount({
        base,
        options: this.options,
        root: this.shadowRoot as ShadowRoot,
        frame: this.frame,
        launcher: this.launcher,
        badge: (count) => this.badge(count),
        shown: (opened) => this.shown(opened),
        tell: (name, detail) => this.dispatchEvent(new CustomEvent(`reso:${name}`, { detail, bubbles: true, composed: true })),
      });
      if (!this.isConnected) mounted.leave();
      return mounted;
    });
    this.mounted.catch(() => {
      this.mounted = null;
      this.failures += 1;
    });
    return this.mounted;
  }

  private shown(opened: boolean): void {
    this.opened = opened;
    this.launcher.setAttribute("aria-expanded", String(opened));
    this.frame.classList.toggle("opened", opened);
    if (opened) this.badge(0);
    this.dispatchEvent(new CustomEvent(opened ? "reso:open" : "reso:close", { bubbles: true, composed: true }));
  }

  private say(text: string): void {
    window.clearTimeout(this.wordTimer);
    this.word.textContent = text;
    if (text) this.wordTimer = window.setTimeout(() => this.say(""), WORD_MILLISECONDS);
  }

  private badge(count: number): void {
    const texts = textsOf(this.options.lang);
    this.launcher.setAttribute("aria-label", count ? texts.unread(count) : texts.open);
    this.launcher.querySelector(".badge")?.remove();
    if (!count) return;
    const badge = document.createElement("span");
    badge.className = "badge";
    badge.setAttribute("aria-hidden", "true");
    badge.textContent = count > 99 ? "99+" : String(count);
    this.launcher.append(badge);
  }
}

function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("fill", "currentColor");
  svg.setAttribute("aria-hidden", "true");
  const drawn = document.createElementNS(SVG, "path");
  drawn.setAttribute("d", path);
  svg.append(drawn);
  return svg;
}

function hasTalk(place: string): boolean {
  try {
    return localStorage.getItem(`reso:${place}:token`) !== null;
  } catch {
    return false;
  }
}

function start(): void {
  if (!customElements.get("reso-chat")) customElements.define("reso-chat", ResoChat);
  if (document.querySelector("reso-chat")) return;
  // One line is enough: the script's data-* stand for the element's attributes.
  const element = document.createElement("reso-chat");
  for (const name of ATTRIBUTES) {
    const given = script?.dataset[name];
    if (given) element.setAttribute(name, given);
  }
  document.body.append(element);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
else start();
