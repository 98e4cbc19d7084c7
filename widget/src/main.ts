/** What is loaded when the conversation is wanted: the talk, the panel, and what ties them to the launcher. */

import { connectionTo } from "./connection";
import { keepingFor } from "./keeping";
import type { Line } from "./lines";
import type { Options } from "./options";
import { PANEL } from "./panel-style";
import { adopt } from "./styles";
import { Talk, type Socket, type State } from "./talk";
import { textsOf } from "./texts";
import { Panel } from "./views/panel";

export interface Host {
  base: string;
  options: Options;
  root: ShadowRoot;
  frame: HTMLElement;
  launcher: HTMLButtonElement;
  badge(count: number): void;
  shown(opened: boolean): void;
  tell(name: string, detail: unknown): void;
}

export interface Mounted {
  open(): void;
  close(): void;
  send(text: string): void;
  /** The element is gone from the page: nothing is listened to, nothing stays connected. */
  leave(): void;
  /** It is there again. */
  back(): void;
}

/** Put the panel into the host's shadow root and connect the talk, at once or when consent is given. */
export function mount(host: Host): Mounted {
  adopt(host.root, PANEL);
  const { options } = host;
  const storage = keepingFor(host.base, () => !options.consent || agreed(), () => window.localStorage);
  let consented = !options.consent || storage.read("consent") === "yes";
  function agreed(): boolean {
    return consented;
  }
  const connection = connectionTo(host.base);
  const { socket, reach } = connection;
  let unread = 0;
  const talk = new Talk(socket as unknown as Socket, storage, onChange, () =>
    options.page ? { url: (location.origin + location.pathname).slice(0, 300), title: document.title.slice(0, 300) } : null,
  );
  const panel = new Panel(host.frame, options, textsOf(options.lang), {
    say: (text) => talk.say(text),
    press: (payload, title) => talk.press(payload, title),
    retry: () => talk.retry(),
    close: () => mounted.close(),
    forget: () => talk.forget(),
    consented: () => consented,
    consent: () => {
      consented = true;
      storage.write("consent", "yes");
      reach();
    },
    awaited: () => talk.awaited,
  });

  function onChange(state: State, fresh: Line[]): void {
    panel.show(state);
    const answers = fresh.filter((line) => line.author !== "visitor");
    for (const line of answers) {
      host.tell("answer", { answers: line.answers.map((answer) => answer.id), text: line.texts.join("\n") });
      if (line.form === "name") host.tell("handoff", {});
    }
    if (panel.opened) talk.saw();
    else if (answers.length) host.badge((unread += answers.length));
  }

  let listening: AbortController;
  function listen(): void {
    listening = new AbortController();
    const { signal } = listening;
    // A socket that sleeps with its phone is woken when somebody looks again.
    window.addEventListener("online", () => consented && reach(), { signal });
    document.addEventListener("visibilitychange", () => void (document.visibilityState === "visible" && consented && reach()), { signal });
    panel.follow(signal);
  }
  /** Connect where there is a talk, or somebody who wants one. */
  function resume(): void {
    if (consented && (panel.opened || storage.read("token"))) reach();
  }

  const mounted: Mounted = {
    open() {
      if (panel.opened) return;
      unread = 0;
      panel.open();
      talk.saw();
      host.shown(true);
      if (consented) reach();
    },
    close() {
      if (!panel.opened) return;
      panel.close();
      host.shown(false);
      host.launcher.focus();
    },
    send(text) {
      if (consented && text.trim()) talk.say(text.trim().slice(0, 1000));
      else panel.draft(text);
    },
    leave() {
      listening.abort();
      connection.leave();
    },
    back() {
      if (!listening.signal.aborted) return;
      listen();
      connection.back();
      resume();
    },
  };
  panel.show(talk.state);
  listen();
  resume();
  return mounted;
}
