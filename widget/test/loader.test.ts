import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

type Chat = HTMLElement & { open(): void };

const asked: string[] = [];
const mounted = { open: vi.fn(), close: vi.fn(), send: vi.fn(), leave: vi.fn(), back: vi.fn() };
let broken = true;

vi.mock("../src/bundle", async (original) => ({
  ...(await original<typeof import("../src/bundle")>()),
  bundle: (address: string) => {
    asked.push(address);
    return broken ? Promise.reject(new Error("404")) : Promise.resolve({ mount: () => mounted });
  },
}));

const settled = () => vi.advanceTimersByTimeAsync(0);

describe("the launcher", () => {
  let chat: Chat;
  const button = () => chat.shadowRoot?.querySelector(".launcher") as HTMLButtonElement;
  const word = () => chat.shadowRoot?.querySelector("[role=status]")?.textContent;

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal("__MAIN__", "reso-1.js");
    await import("../src/loader");
    document.body.replaceChildren();
    await settled();
    asked.length = 0;
    broken = true;
    vi.clearAllMocks();
    document.body.replaceChildren((chat = document.createElement("reso-chat") as Chat));
  });
  afterEach(() => void vi.useRealTimers());

  it("says that the conversation cannot be had, for a while", async () => {
    expect(word()).toBe("");
    button().click();
    await settled();
    expect(word()).toBe("La conversation n’a pas pu s’ouvrir\u00a0: vérifiez votre connexion, puis réessayez.");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(word()).toBe("");
  });
  it("says nothing where nobody has asked for it yet", async () => {
    button().dispatchEvent(new Event("pointerenter"));
    await settled();
    expect([asked.length, word()]).toEqual([1, ""]);
  });
  it("tries again at the next tap, by an address that the browser does not hold for failed", async () => {
    button().click();
    await settled();
    button().click();
    await settled();
    broken = false;
    button().click();
    expect(word()).toBe("");
    await settled();
    expect(asked.map((address) => new URL(address).pathname + new URL(address).search)).toEqual([
      "/widget/reso-1.js", "/widget/reso-1.js?again=1", "/widget/reso-1.js?again=2",
    ]);
    expect(mounted.open).toHaveBeenCalledOnce();
  });

  it("lets go of the server when its element leaves the page, and takes it up when it comes back", async () => {
    broken = false;
    chat.open();
    await settled();
    chat.remove();
    await settled();
    expect(mounted.leave).toHaveBeenCalledOnce();
    document.body.append(chat);
    await settled();
    expect(mounted.back).toHaveBeenCalledOnce();
  });
  it("stays connected when its element is only moved", async () => {
    broken = false;
    chat.open();
    await settled();
    document.body.prepend(document.createElement("main"));
    document.querySelector("main")?.append(chat);
    await settled();
    expect(mounted.leave).not.toHaveBeenCalled();
  });
  it("lets go of what was still being loaded when its element left", async () => {
    broken = false;
    chat.open();
    chat.remove();
    await settled();
    expect(mounted.leave).toHaveBeenCalled();
  });
  it("does not let an element that is not in the page connect", async () => {
    broken = false;
    chat.remove();
    await settled();
    chat.open();
    await settled();
    expect(mounted.leave).toHaveBeenCalledOnce();
  });
});
