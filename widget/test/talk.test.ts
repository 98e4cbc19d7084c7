import { beforeEach, describe, expect, it, vi } from "vitest";
import { keepingFor } from "../src/keeping";
import type { Line } from "../src/lines";
import { Talk, type Ack, type Socket } from "../src/talk";

/** A server that keeps what it takes; its link can be cut before or after it has taken something. */
class Server implements Socket {
  connected = false;
  get active(): boolean {
    return this.connected;
  }
  auth: unknown;
  taken: { id: string; text?: string; payload?: string }[] = [];
  lose: "nothing" | "message" | "acknowledgement" = "nothing";
  answers: Ack[] = [];
  private listeners = new Map<string, (...given: never[]) => void>();

  on(event: string, listener: (...given: never[]) => void): void {
    this.listeners.set(event, listener);
  }
  tell(event: string, ...given: unknown[]): void {
    this.listeners.get(event)?.(...(given as never[]));
  }
  timeout() {
    return {
      emit: (event: string, data: unknown, ack: (error: unknown, answer?: Ack) => void) => {
        if (event !== "say") return ack(null, { ok: true });
        if (this.lose !== "message") {
          const said = data as { id: string };
          if (!this.taken.some((held) => held.id === said.id)) this.taken.push(said);
        }
        if (this.lose !== "nothing") {
          this.connected = false;
          this.tell("disconnect");
          return ack(new Error("timeout"));
        }
        return ack(null, this.answers.shift() ?? { ok: true });
      },
    };
  }
  connect(): void {
    this.connected = true;
    this.lose = "nothing";
    this.tell("connect");
    this.tell("session", { token: "t", expires: Date.now() / 1000 + 3600, fresh: false, greeting: false });
  }
  disconnect(): void {
    this.connected = false;
    this.tell("disconnect");
  }
}

const line = (n: number, more: Partial<Line> = {}): Line => ({
  n, at: "2026-11-23T08:00:00Z", author: "bot", texts: [`réponse ${n}`], buttons: [], answers: [], feedback: null, form: "", ...more,
});

function begin(kept = new Map<string, string>()) {
  const server = new Server();
  const storage = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v), removeItem: (k: string) => void kept.delete(k) };
  const keeping = keepingFor("x", () => true, () => storage as unknown as Storage);
  const fresh: Line[] = [];
  const talk = new Talk(server, keeping, (_, more) => fresh.push(...more));
  return { server, keeping, talk, fresh };
}

describe("a message", () => {
  beforeEach(() => void vi.useFakeTimers());

  it.each(["message", "acknowledgement"] as const)("goes again with the same id when the %s is lost", (lost) => {
    const { server, talk } = begin();
    server.connect();
    server.lose = lost;
    talk.say("bonjour");
    server.connect();
    expect(server.taken.map((said) => said.text)).toEqual(["bonjour"]);
  });

  it("said offline leaves when the network is back, in order", () => {
    const { server, talk } = begin();
    talk.say("un");
    talk.say("deux");
    expect(talk.state.pending).toHaveLength(2);
    server.connect();
    expect(server.taken.map((said) => said.text)).toEqual(["un", "deux"]);
  });

  it("survives a reload", () => {
    const { talk, keeping } = begin();
    talk.say("avant");
    const server = new Server();
    new Talk(server, keeping, () => undefined);
    server.connect();
    expect(server.taken.map((said) => said.text)).toEqual(["avant"]);
  });

  it("is replaced by its line, never shown twice", () => {
    const { server, talk } = begin();
    server.connect();
    talk.say("bonjour");
    const id = talk.state.pending[0]?.id ?? "";
    server.tell("lines", [line(1, { author: "visitor", id, texts: ["bonjour"] })]);
    expect(talk.state.pending).toEqual([]);
    expect(talk.state.lines.map((shown) => shown.texts[0])).toEqual(["bonjour"]);
  });

  it("that came too fast goes again after the time told", () => {
    const { server, talk } = begin();
    server.connect();
    server.answers = [{ ok: false, code: "too_fast", text: "Doucement", retry: 3 }];
    server.taken = [];
    talk.say("vite");
    expect(talk.state.trouble).toBe("Doucement");
    server.taken = [];
    vi.advanceTimersByTime(3300);
    expect(server.taken.map((said) => said.text)).toEqual(["vite"]);
    expect(talk.state.trouble).toBe("");
  });

  it("that cannot be taken is marked and can be tried again", () => {
    const { server, talk } = begin();
    server.connect();
    server.answers = [{ ok: false, code: "too_long", text: "Trop long" }];
    talk.say("long");
    expect(talk.state.pending[0]?.failed).toBe(true);
    server.taken = [];
    talk.retry();
    expect(server.taken.map((said) => said.text)).toEqual(["long"]);
  });
});

describe("an answer", () => {
  beforeEach(() => void vi.useFakeTimers());

  it("is shown once, in order, however often and in whatever order it comes", () => {
    const { server, talk } = begin();
    server.connect();
    server.tell("lines", [line(2), line(1)]);
    server.tell("lines", [line(1), line(3)]);
    expect(talk.state.lines.map((shown) => shown.n)).toEqual([1, 2, 3]);
  });

  it("is asked for from the last one seen", () => {
    const { server, talk } = begin();
    server.connect();
    server.tell("lines", [line(7)]);
    let asked: unknown;
    (server.auth as (give: (auth: object) => void) => void)((auth) => (asked = auth));
    expect(asked).toEqual({ token: "t", after: 7 });
    expect(talk.after).toBe(7);
  });

  it("of the history is not read aloud, a later one is", () => {
    const { server, fresh } = begin();
    server.connect();
    server.tell("lines", [line(1)]);
    expect(fresh).toEqual([]);
    server.tell("lines", [line(2)]);
    expect(fresh.map((shown) => shown.n)).toEqual([2]);
  });

  it("that is late is said to be, and still lands", () => {
    const { server, talk } = begin();
    server.connect();
    talk.say("et alors");
    const id = talk.state.pending[0]?.id ?? "";
    vi.advanceTimersByTime(8100);
    expect(talk.state.slow).toBe(1);
    vi.advanceTimersByTime(17000);
    expect(talk.state.slow).toBe(2);
    server.tell("lines", [line(1, { author: "visitor", id }), line(2, { reply_to: id })]);
    expect(talk.state.slow).toBe(0);
    expect(talk.awaited).toBe(false);
  });

  it("of an erased talk is gone with the new session", () => {
    const { server, talk } = begin();
    server.connect();
    server.tell("lines", [line(1)]);
    server.tell("session", { token: "u", expires: Date.now() / 1000 + 3600, fresh: true, greeting: true });
    expect(talk.state.lines).toEqual([]);
    expect(talk.state.greeting).toBe(true);
  });

  it("knows how long it is kept, of a server that tells", () => {
    const { server, talk } = begin();
    server.connect();
    expect(talk.state.keepDays).toBe(0);
    server.tell("session", { token: "t", expires: Date.now() / 1000 + 3600, fresh: false, greeting: false, keep_days: 14 });
    expect(talk.state.keepDays).toBe(14);
  });
});

describe("a line is news", () => {
  beforeEach(() => void vi.useFakeTimers());
  const seen = (n: number) => new Map([["reso:x:token", "t"], ["reso:x:seen", String(n)]]);
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => line(from + at));

  it("where it is above the last one seen, whatever event it comes in", () => {
    const { server, fresh } = begin(seen(1));
    server.connect();
    server.tell("lines", [line(1), line(2)]);
    server.tell("lines", [line(3)]);
    expect(fresh.map((one) => one.n)).toEqual([2, 3]);
  });
  it("and not where history comes in several events", () => {
    const { server, fresh } = begin(seen(150));
    server.connect();
    server.tell("lines", numbers(1, 100));
    server.tell("lines", numbers(101, 150));
    expect(fresh).toEqual([]);
  });
  it("once, also when it comes late and below another", () => {
    const { server, talk, fresh } = begin(seen(1));
    server.connect();
    for (const n of [3, 2, 3]) {
      server.tell("lines", [line(n)]);
      talk.saw();
    }
    expect(fresh.map((one) => one.n)).toEqual([3, 2]);
  });
  it("in a new talk from its first one, also after a page change before any came", () => {
    const kept = new Map<string, string>();
    const first = begin(kept);
    first.server.connected = true;
    first.server.tell("session", { token: "t", expires: Date.now() / 1000 + 3600, fresh: true, greeting: true });
    const { server, fresh } = begin(kept);
    server.connect();
    server.tell("lines", [line(1)]);
    expect(fresh.map((one) => one.n)).toEqual([1]);
  });
  it("no more on the next page, once it was on the screen; a tab that lags behind does not undo that", () => {
    const kept = seen(1);
    const { server, talk } = begin(kept);
    server.connect();
    server.tell("lines", [line(1), line(2)]);
    expect(kept.get("reso:x:seen")).toBe("1");
    talk.saw();
    expect(kept.get("reso:x:seen")).toBe("2");
    kept.set("reso:x:seen", "9");
    server.tell("lines", [line(3)]);
    talk.saw();
    expect(kept.get("reso:x:seen")).toBe("9");
  });
  it("as well where the browser's storage throws", () => {
    const server = new Server();
    const fresh: Line[] = [];
    const keeping = keepingFor("x", () => true, () => { throw new Error("denied"); });
    const talk = new Talk(server, keeping, (_, more) => fresh.push(...more));
    server.connected = true;
    server.tell("session", { token: "t", expires: Date.now() / 1000 + 3600, fresh: true, greeting: true });
    server.tell("lines", [line(1)]);
    talk.saw();
    server.tell("lines", [line(2)]);
    expect(fresh.map((one) => one.n)).toEqual([1, 2]);
  });
});

describe("an erasure", () => {
  it("is not asked for without a connection, and says so at once", async () => {
    const { server, talk } = begin();
    const asked = vi.spyOn(server, "timeout");
    expect(await talk.forget()).toEqual({ ok: false });
    expect(asked).not.toHaveBeenCalled();
    server.connect();
    expect(await talk.forget()).toEqual({ ok: true });
  });
});
