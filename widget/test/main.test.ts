import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Line } from "../src/lines";
import { mount, type Host, type Mounted } from "../src/main";
import { readOptions } from "../src/options";

const { socket } = vi.hoisted(() => {
  const listeners: Record<string, ((...given: unknown[]) => void)[]> = {};
  const socket = {
    connected: false,
    active: false,
    io: { opts: {} },
    on: (event: string, listener: () => void) => void (listeners[event] ??= []).push(listener),
    tell: (event: string, ...given: unknown[]) => listeners[event]?.forEach((listener) => listener(...given)),
    timeout: () => ({ emit: () => undefined }),
    connect: () => void (socket.active = socket.connected = true),
    disconnect: () => void (socket.active = socket.connected = false),
    forget: () => Object.keys(listeners).forEach((event) => delete listeners[event]),
  };
  return { socket };
});
vi.mock("socket.io-client", () => ({ io: () => socket }));

const line = (n: number): Line => ({ n, at: "2026-11-23T08:00:00Z", author: "bot", texts: ["Oui."], buttons: [], answers: [], feedback: null, form: "" });

let open: Mounted | undefined;

/** Put the conversation into a page; a further call is the next page, with what the browser kept. */
function page() {
  open?.leave();
  socket.forget();
  const element = document.createElement("div");
  document.body.replaceChildren(element);
  const root = element.attachShadow({ mode: "open" });
  const frame = document.createElement("div");
  root.append(frame);
  const badge = vi.fn();
  const host = { base: "https://reso.fr/reso/", options: readOptions(() => null, "https://site.fr/"), root, frame, badge, launcher: document.createElement("button"), shown: () => undefined, tell: () => undefined };
  const chat = (open = mount(host as unknown as Host));
  const session = (fresh: boolean) => socket.tell("session", { token: "t", expires: Date.now() / 1000 + 3600, fresh, greeting: fresh });
  return { chat, badge, session };
}

describe("the page", () => {
  beforeEach(() => localStorage.clear());

  it("after the one that was left in the middle of a reply tells how much was not read", () => {
    const before = page();
    before.chat.open();
    before.session(true);
    socket.tell("lines", [line(1)]);
    const { badge, chat, session } = page();
    session(false);
    socket.tell("lines", [line(1), line(2)]);
    socket.tell("lines", [line(3)]);
    expect(badge.mock.calls).toEqual([[1], [2]]);
    chat.open();
    const last = page();
    last.session(false);
    socket.tell("lines", [line(1), line(2), line(3)]);
    expect(last.badge).not.toHaveBeenCalled();
  });

  it("that the element has left listens to nothing and keeps no connection, until it is back", () => {
    const { chat } = page();
    chat.open();
    expect(socket.active).toBe(true);
    chat.leave();
    window.dispatchEvent(new Event("online"));
    document.dispatchEvent(new Event("visibilitychange"));
    expect(socket.active).toBe(false);
    chat.back();
    expect(socket.active).toBe(true);
    socket.disconnect();
    window.dispatchEvent(new Event("online"));
    expect(socket.active).toBe(true);
  });
});
