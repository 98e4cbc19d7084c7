/** One talk with the server: nothing said is lost, nothing is shown twice. Knows no page, no view. */

import { readPending, type Keeping, type Pending } from "./keeping";
import { merge, type Line } from "./lines";

/** The part of a Socket.IO client that is used. */
export interface Socket {
  connected: boolean;
  /** Connected, or about to be by itself. */
  active: boolean;
  auth: unknown;
  on(event: string, listener: (...given: never[]) => void): unknown;
  timeout(milliseconds: number): { emit(event: string, data: unknown, ack: (error: unknown, answer?: Ack) => void): unknown };
  connect(): unknown;
  disconnect(): unknown;
}

export interface Ack {
  ok: boolean;
  code?: string;
  text?: string;
  retry?: number;
}

export interface State {
  lines: Line[];
  pending: (Pending & { failed?: boolean })[];
  connected: boolean;
  everConnected: boolean;
  greeting: boolean;
  typing: boolean;
  slow: 0 | 1 | 2;
  trouble: string;
  /** How long the server keeps a talk; 0 where it did not say. */
  keepDays: number;
  /** History is being shown: not to be read aloud. */
  loading: boolean;
}

const ACK_MILLISECONDS = 10_000;
const SLOW_MILLISECONDS = 8_000;
const VERY_SLOW_MILLISECONDS = 25_000;

export class Talk {
  state: State = {
    lines: [], pending: [], connected: false, everConnected: false, greeting: false, typing: false, slow: 0, trouble: "", keepDays: 0, loading: true,
  };
  private token: string | null;
  /** Highest line that was on the visitor's screen before this page; null where a browser kept a talk, but not that. */
  private before: number | null;
  private seen = 0;
  private sending = false;
  private waiting = new Map<string, number>();
  private refreshTimer: ReturnType<typeof setTimeout> | undefined;
  private slowTimer: ReturnType<typeof setTimeout> | undefined;
  private pageTold = false;

  constructor(
    private readonly socket: Socket,
    private readonly keeping: Keeping,
    private readonly changed: (state: State, fresh: Line[]) => void,
    private readonly page: () => { url: string; title: string } | null = () => null,
  ) {
    this.token = keeping.read("token");
    this.before = readNumber(keeping.read("seen"));
    this.state.loading = this.token !== null;
    this.state.pending = readPending(keeping.read("pending"));
    socket.auth = (give: (auth: object) => void) => give({ token: this.token ?? undefined, after: this.after });
    socket.on("connect", () => this.update({ connected: true, everConnected: true, trouble: "" }));
    socket.on("disconnect", () => this.update({ connected: false }));
    socket.on("session", (told: never) => this.onSession(told));
    socket.on("lines", (lines: never) => this.onLines(lines));
    socket.on("typing", (told: { on: boolean }) => this.update({ typing: told.on }));
    socket.on("trouble", (told: { text: string }) => this.update({ trouble: told.text }));
  }

  get after(): number {
    return this.state.lines[this.state.lines.length - 1]?.n ?? 0;
  }

  /** Say something typed. */
  say(text: string): void {
    this.put({ id: newId(), at: new Date().toISOString(), text });
  }

  /** Press a button; `title` is what the visitor's bubble shows. */
  press(payload: string, title: string): void {
    this.put({ id: newId(), at: new Date().toISOString(), payload, title });
  }

  /** Send again what could not be sent. */
  retry(): void {
    this.update({ pending: this.state.pending.map((one) => ({ ...one, failed: false })) });
    if (!this.socket.active) this.socket.connect();
    this.flush();
  }

  /** What there is of the talk is on the visitor's screen: no news on the next page. */
  saw(): void {
    if (this.after <= this.seen) return;
    this.seen = this.after;
    // Another tab may have shown more.
    if (this.seen > (readNumber(this.keeping.read("seen")) ?? 0)) this.keeping.write("seen", String(this.seen));
  }

  /** Erase the talk on the server; not asked for without a connection, where it would happen some time later, unexpected. */
  forget(): Promise<Ack> {
    if (!this.socket.connected) return Promise.resolve({ ok: false });
    return new Promise((resolve) =>
      this.socket.timeout(ACK_MILLISECONDS).emit("forget", {}, (error, answer) => resolve((!error && answer) || { ok: false })),
    );
  }

  private put(one: Pending): void {
    this.waiting.set(one.id, Date.now());
    this.update({ pending: [...this.state.pending, one], trouble: "" });
    this.flush();
  }

  private onSession(told: { token: string; expires: number; fresh: boolean; greeting: boolean; keep_days?: number }): void {
    this.token = told.token;
    this.keeping.write("token", told.token);
    clearTimeout(this.refreshTimer);
    const half = Math.min(Math.max((told.expires * 1000 - Date.now()) / 2, 30_000), 2_000_000_000);
    this.refreshTimer = setTimeout(() => this.socket.timeout(ACK_MILLISECONDS).emit("refresh", {}, () => undefined), half);
    if (told.fresh) {
      this.before = this.seen = 0;
      this.keeping.write("seen", "0");
    }
    if (told.fresh && this.state.lines.length) {
      // Erased, or expired: what was shown is of another talk. What the visitor has just typed is not.
      this.waiting.clear();
      this.update({ lines: [], typing: false });
    }
    const keepDays = Number.isInteger(told.keep_days) ? (told.keep_days as number) : 0;
    this.update({ greeting: told.greeting || (this.state.greeting && !told.fresh), loading: !told.greeting && !this.state.lines.length, keepDays });
    const page = this.page();
    if (page && !this.pageTold) {
      this.pageTold = true;
      this.socket.timeout(ACK_MILLISECONDS).emit("page", page, () => undefined);
    }
    this.flush();
  }

  private onLines(more: Line[]): void {
    const lines = merge(this.state.lines, more);
    const held = new Set(this.state.lines.map((line) => line.n));
    // Where it is not known what was seen, what comes first is taken for history.
    this.before ??= this.state.loading ? (lines[lines.length - 1]?.n ?? 0) : 0;
    const before = this.before;
    const fresh = lines.filter((line) => line.n > before && !held.has(line.n));
    const loading = this.state.loading || !fresh.length;
    const ids = new Set(lines.map((line) => line.id));
    for (const line of more) if (line.author !== "visitor" && line.reply_to) this.waiting.delete(line.reply_to);
    const typing = this.state.typing && !more.some((line) => line.author === "bot");
    this.update({ lines, pending: this.state.pending.filter((one) => !ids.has(one.id)), typing, loading }, fresh);
    if (this.state.loading) this.update({ loading: false });
  }

  private flush(): void {
    const next = this.state.pending.find((one) => !one.failed && !this.acknowledged.has(one.id));
    if (!next || this.sending || !this.socket.connected) return;
    this.sending = true;
    const data = next.payload ? { id: next.id, payload: next.payload, title: next.title } : { id: next.id, text: next.text };
    this.socket.timeout(ACK_MILLISECONDS).emit("say", data, (error, answer) => {
      this.sending = false;
      if (error) {
        // Not acknowledged in time, or the connection broke: the same id goes again.
        if (this.socket.connected) this.flush();
        return;
      }
      if (answer?.ok) this.acknowledged.add(next.id);
      else this.refused(next, answer ?? { ok: false });
      this.flush();
    });
  }

  private acknowledged = new Set<string>();

  private refused(one: Pending, answer: Ack): void {
    if (answer.retry || answer.code === "expired") {
      this.sending = true;
      this.update({ trouble: answer.text ?? "" });
      if (answer.code === "expired") this.socket.disconnect();
      setTimeout(() => {
        this.sending = false;
        this.update({ trouble: "" });
        if (answer.code === "expired") this.socket.connect();
        this.flush();
      }, (answer.retry ?? 0) * 1000 + 200);
      return;
    }
    this.waiting.delete(one.id);
    const pending = this.state.pending.map((held) => (held.id === one.id ? { ...held, failed: true } : held));
    this.update({ pending, trouble: answer.text ?? "" });
  }

  private update(change: Partial<State>, fresh: Line[] = []): void {
    this.state = { ...this.state, ...change };
    if (change.pending) this.keeping.write("pending", JSON.stringify(this.state.pending.map((one) => ({ ...one, failed: undefined }))));
    this.state.slow = this.slowness();
    this.changed(this.state, fresh);
  }

  /** Return 0, 1 or 2 for an answer that is on time, late, very late; and look again when that will change. */
  private slowness(): 0 | 1 | 2 {
    clearTimeout(this.slowTimer);
    const oldest = Math.min(...this.waiting.values());
    if (!Number.isFinite(oldest)) return 0;
    const age = Date.now() - oldest;
    const slow = age >= VERY_SLOW_MILLISECONDS ? 2 : age >= SLOW_MILLISECONDS ? 1 : 0;
    const next = slow === 0 ? SLOW_MILLISECONDS - age : VERY_SLOW_MILLISECONDS - age;
    if (slow < 2) this.slowTimer = setTimeout(() => this.update({}), Math.max(50, next));
    return slow;
  }

  /** Whether an answer is awaited. */
  get awaited(): boolean {
    return this.waiting.size > 0;
  }
}

function readNumber(kept: string | null): number | null {
  const number = Number(kept ?? NaN);
  return Number.isFinite(number) ? number : null;
}

/** Return a random id; crypto.randomUUID is missing on pages without https. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
