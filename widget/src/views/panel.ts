/** The panel: header, talk, composer, and where the focus goes. Draws a State; knows nothing of sockets. */

import { html, nothing, render, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { asText, formStep, usedPayload, type Line } from "../lines";
import type { Options } from "../options";
import type { Ack, State } from "../talk";
import type { Texts } from "../texts";
import { composer, MOST } from "./composer";
import { holdFocus } from "./focus";
import { icons } from "./icons";
import { bubble, line } from "./line";
import { Reading } from "./reading";
import { followViewport } from "./viewport";

export interface Actions {
  say(text: string): void;
  press(payload: string, title: string): void;
  retry(): void;
  close(): void;
  forget(): Promise<Ack>;
  consented(): boolean;
  consent(): void;
  awaited(): boolean;
}

const EMPTY: Line = { n: 0, at: "", author: "visitor", texts: [], buttons: [], answers: [], feedback: null, form: "" };

export class Panel {
  opened = false;
  private readonly place = document.createElement("div");
  private readonly reading = new Reading(this.place);
  private state: State | null = null;
  private menuOpen = false;
  private asking = false;
  private told = "";
  private text = "";
  private scrolledTo = 0;
  private readonly time: Intl.DateTimeFormat;
  private readonly day: Intl.DateTimeFormat;

  constructor(
    private readonly frame: HTMLElement,
    private readonly options: Options,
    private readonly texts: Texts,
    private readonly actions: Actions,
  ) {
    const locale = options.lang === "en" ? "en-GB" : "fr-FR";
    this.time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
    this.day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
    frame.append(this.place);
  }

  /** Keep clear of the phone's keyboard until `signal`; who reads the end of the talk still does when the keyboard comes. */
  follow(signal: AbortSignal): void {
    followViewport(this.frame, (fit) => this.reading.hold(fit), signal);
  }

  /** Draw a new state. */
  show(state: State): void {
    this.state = state;
    this.draw();
  }

  open(): void {
    this.opened = true;
    this.draw();
    this.box()?.focus();
    this.reading.toNews();
  }

  close(): void {
    this.opened = false;
    this.menuOpen = this.asking = false;
    this.draw();
  }

  /** Put a text into the composer. */
  draft(text: string): void {
    this.text = text.slice(0, MOST);
    this.draw();
  }

  private box(): HTMLElement | null {
    return this.place.querySelector("textarea") ?? this.place.querySelector(".box button");
  }

  private lastShown(): number {
    return this.state?.lines[this.state.lines.length - 1]?.n ?? 0;
  }

  private draw(): void {
    this.reading.hold(() => render(this.state ? this.view(this.state) : nothing, this.place));
    // Only for a new line: a letter typed must not throw the talk up to where its last answer begins.
    if (this.lastShown() === this.scrolledTo) return;
    this.scrolledTo = this.lastShown();
    this.reading.toNews();
  }

  private view(state: State): TemplateResult {
    const { texts, options } = this;
    const name = options.title || texts.title;
    const modal = window.matchMedia("(max-width: 480px)").matches;
    return html`<section class="panel" role="dialog" aria-label=${name} aria-modal=${modal ? "true" : "false"} aria-describedby=${this.actions.consented() ? "kept" : nothing} ?hidden=${!this.opened}
      @keydown=${(event: KeyboardEvent) => this.onKey(event, modal)}>
      <header>
        ${options.avatar ? html`<img class="avatar" src=${options.avatar} alt="" />` : html`<span class="avatar" aria-hidden="true">${name.slice(0, 1)}</span>`}
        <div class="who"><h2>${options.title || texts.name}</h2><p>${texts.subtitle}</p></div>
        <button class="tool" type="button" aria-label=${texts.person} title=${texts.person} @click=${() => this.tell(texts.askPerson)}>${icons.person}</button>
        <button class="tool" type="button" aria-label=${texts.menu} title=${texts.menu} aria-expanded=${this.menuOpen ? "true" : "false"}
          @click=${() => { this.menuOpen = !this.menuOpen; this.draw(); }}>${icons.menu}</button>
        <button class="tool" type="button" aria-label=${texts.close} title=${texts.close} @click=${() => this.actions.close()}>${icons.close}</button>
      </header>
      ${this.menuOpen ? this.menu() : nothing}
      <div class="talk" tabindex="0" role="log" aria-label=${texts.log} aria-live=${state.loading ? "off" : "polite"}>
        ${this.kept(state)}
        <ol>${this.greeting(state)}${this.lines(state)}${this.pending(state)}</ol>
        ${this.actions.awaited() || state.typing ? html`<div class="dots" role="img" aria-label=${texts.typing}><i></i><i></i><i></i></div>` : nothing}
      </div>
      <div class="status" role="status">${this.status(state)}</div>
      ${this.asking ? this.sure() : this.actions.consented() ? this.composer(state) : this.consent()}
    </section>`;
  }

  /** What is kept, said once at the head of the talk: read with the panel's name, and not again when the server tells the days. */
  private kept(state: State): TemplateResult | typeof nothing {
    return this.actions.consented() ? html`<p class="kept" id="kept" aria-live="off">${this.texts.kept(state.keepDays)} ${this.more()}</p>` : nothing;
  }

  private more(): TemplateResult | typeof nothing {
    const { privacy } = this.options;
    return privacy ? html`<a href=${privacy} target="_blank" rel="noopener noreferrer nofollow">${this.texts.consentMore}</a>` : nothing;
  }

  private greeting(state: State): TemplateResult | typeof nothing {
    if (!this.actions.consented() || !state.greeting) return nothing;
    const begun = state.lines.length + state.pending.length > 0;
    const starters = this.options.starters.length ? this.options.starters : this.texts.starters;
    return html`<li class="line bot">
      ${bubble(this.options.greeting || this.texts.greeting)}
      <div class="replies">${starters.map((text) => html`<button type="button" ?disabled=${begun} @click=${() => this.tell(text)}>${text}</button>`)}</div>
    </li>`;
  }

  private lines(state: State) {
    const { texts } = this;
    const numbered = state.lines.map((shown, at) => ({ shown, at }));
    return repeat(numbered, ({ shown }) => shown.n, ({ shown, at }) => {
      const before = state.lines[at - 1];
      const day = this.day.format(new Date(shown.at));
      const newDay = day !== (before ? this.day.format(new Date(before.at)) : this.day.format(new Date()));
      const used = this.used(state, at, shown.buttons.map((button) => button.payload));
      const verdict = shown.feedback && this.used(state, at, [shown.feedback.useful, shown.feedback.not_useful]);
      const content =
        shown.author === "notice"
          ? html`<span class="notice">${shown.texts.join(" ")}</span>`
          : line(shown, texts, { press: (payload, title) => this.press(payload, title) }, used, verdict, (when) => this.time.format(new Date(when)), (when) => this.day.format(new Date(when)));
      return html`${newDay ? html`<li class="day">${day}</li>` : nothing}
        <li class="line ${shown.author}" aria-live=${shown.author === "visitor" ? "off" : nothing}>${content}</li>`;
    });
  }

  /** Return the payload that was pressed on a line, or that is on its way. */
  private used(state: State, at: number, payloads: string[]): string | null {
    const waiting: Line[] = state.pending.map((one) => ({ ...EMPTY, payload: one.payload }));
    return usedPayload([...state.lines, ...waiting], at, payloads);
  }

  private pending(state: State) {
    return repeat(state.pending, (one) => one.id, (one) => html`<li class="line visitor" aria-live="off">
      <div class="bubble">${one.text ?? one.title}</div>
      ${one.failed
        ? html`<div class="failed">${this.texts.unsent} <button class="button" type="button" @click=${() => { this.actions.retry(); this.box()?.focus(); }}>${this.texts.retry}</button></div>`
        : html`<span class="meta">${this.texts.sending}</span>`}
    </li>`);
  }

  private status(state: State): string {
    if (this.told) return this.told;
    if (state.trouble) return state.trouble;
    if (!state.connected && state.everConnected) return this.texts.offline;
    if (!state.connected && (state.pending.length || navigator.onLine === false)) return navigator.onLine ? this.texts.reconnecting : this.texts.offline;
    return state.slow === 2 ? this.texts.verySlow : state.slow === 1 ? this.texts.slow : "";
  }

  private menu(): TemplateResult {
    return html`<div class="menu">
      <button type="button" @click=${() => this.download()}>${this.texts.download}</button>
      <button type="button" @click=${() => { this.menuOpen = false; this.asking = true; this.draw(); this.box()?.focus(); }}>${this.texts.erase}</button>
      ${this.options.privacy ? html`<a class="plain" href=${this.options.privacy} target="_blank" rel="noopener noreferrer nofollow">${this.texts.consentMore}</a>` : nothing}
    </div>`;
  }

  private sure(): TemplateResult {
    const leave = () => { this.asking = false; this.draw(); this.box()?.focus(); };
    return html`<div class="box" role="group" aria-label=${this.texts.erase}>
      <p>${this.texts.eraseSure}</p>
      <div class="row">
        <button class="button" type="button" @click=${leave}>${this.texts.eraseNo}</button>
        <button class="button strong" type="button" @click=${async () => { this.say(this.erased(await this.actions.forget())); leave(); }}>${this.texts.eraseYes}</button>
      </div>
    </div>`;
  }

  private erased(answer: Ack): string {
    return answer.ok ? this.texts.erased : (answer.text ?? this.texts.notNow);
  }

  private consent(): TemplateResult {
    return html`<div class="box">
      <p>${this.texts.consent} ${this.more()}</p>
      <div class="row">
        <button class="button strong" type="button" @click=${() => { this.actions.consent(); this.draw(); this.box()?.focus(); }}>${this.texts.consentYes}</button>
        <button class="button" type="button" @click=${() => this.actions.close()}>${this.texts.consentNo}</button>
      </div>
    </div>`;
  }

  private composer(state: State): TemplateResult {
    return composer(this.text, formStep(state.lines), this.texts, {
      typed: (text) => { this.text = text; this.draw(); },
      send: () => this.tell(this.text),
      cancel: () => this.tell(this.texts.cancelText),
    });
  }

  private tell(text: string): void {
    const said = text.trim();
    if (!this.actions.consented() || !said || said.length > MOST) return;
    if (said === this.text.trim()) this.text = "";
    this.told = "";
    this.menuOpen = false;
    this.actions.say(said);
    this.reading.toNews();
    this.box()?.focus();
  }

  /** The button that was pressed cannot be pressed again: the focus goes to the talk, not to the page behind. */
  private press(payload: string, title: string): void {
    this.actions.press(payload, title);
    this.place.querySelector<HTMLElement>(".talk")?.focus({ preventScroll: true });
    this.reading.toNews();
  }

  private say(told: string): void {
    this.told = told;
    window.setTimeout(() => { this.told = ""; this.draw(); }, 6000);
  }

  private onKey(event: KeyboardEvent, modal: boolean): void {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (this.menuOpen || this.asking) {
        this.menuOpen = this.asking = false;
        this.draw();
        this.box()?.focus();
      } else this.actions.close();
    } else if (event.key === "Tab" && modal) holdFocus(event, this.place);
  }

  private download(): void {
    const when = (at: string) => `${this.day.format(new Date(at))} ${this.time.format(new Date(at))}`;
    const text = asText(this.state?.lines ?? [], this.texts.you, this.texts.bot, when, this.texts.source);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
    link.download = this.texts.fileName;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.menuOpen = false;
    this.draw();
    this.box()?.focus();
  }
}
