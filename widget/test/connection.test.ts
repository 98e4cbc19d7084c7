import { Transport } from "engine.io-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { connectionTo } from "../src/connection";

/** The transports that were tried, in order; none ever answers, `fails` breaks the latest. */
function network() {
  const tried: Transport[] = [];
  vi.spyOn(Transport.prototype, "open").mockImplementation(function (this: Transport) {
    tried.push(this);
    return this;
  });
  const fails = () => (tried[tried.length - 1] as unknown as { onError(reason: string, cause: unknown): void }).onError("blocked", null);
  return { ways: () => tried.map((one) => one.name), fails };
}

describe("a server that is not reached", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("by WebSocket is tried by polling next, then the other way round", () => {
    const { ways, fails } = network();
    const { reach, leave } = connectionTo("https://one.fr/reso/");
    reach();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      fails();
      vi.advanceTimersByTime(6000);
    }
    expect(ways()).toEqual(["websocket", "polling", "websocket"]);
    leave();
  });

  it("by a WebSocket that hangs is tried by polling after the time-out", () => {
    const { ways } = network();
    const { reach, leave } = connectionTo("https://two.fr/reso/");
    reach();
    vi.advanceTimersByTime(7900);
    expect(ways()).toEqual(["websocket"]);
    vi.advanceTimersByTime(2500);
    expect(ways()).toEqual(["websocket", "polling"]);
    leave();
  });

  it("because it refuses is asked again the same way", () => {
    const { ways } = network();
    const { socket, reach, leave } = connectionTo("https://three.fr/reso/");
    reach();
    (socket as unknown as { onpacket(packet: object): void }).onpacket({ type: 4, nsp: "/", data: { message: "busy" } });
    vi.advanceTimersByTime(5100);
    expect(ways()).toEqual(["websocket", "websocket"]);
    leave();
  });

  it("is not asked any more by who has left, and again by who is back", () => {
    const { ways, fails } = network();
    const { socket, reach, leave, back } = connectionTo("https://four.fr/reso/");
    reach();
    fails();
    leave();
    reach();
    vi.advanceTimersByTime(60_000);
    expect([ways(), socket.active]).toEqual([["websocket"], false]);
    back();
    reach();
    expect(ways()).toHaveLength(2);
    leave();
  });
});
