import { beforeEach, describe, expect, it, vi } from "vitest";
import { Reading } from "../src/views/reading";
import { followViewport } from "../src/views/viewport";

/** A talk of a given height seen through a window; `last` is its last line. happy-dom lays nothing out: here the numbers stand for it. */
function talk(lastHeight = 60) {
  const [place, box, last] = ["div", "div", "li"].map((name) => document.createElement(name)) as [HTMLElement, HTMLElement, HTMLElement];
  box.className = "talk";
  last.className = "line";
  box.append(last);
  place.append(box);
  const size = { whole: 1000, seen: 400, top: 0 };
  const most = () => Math.max(0, size.whole - size.seen);
  Object.defineProperties(box, {
    scrollHeight: { get: () => size.whole },
    clientHeight: { get: () => size.seen },
    scrollTop: { get: () => size.top, set: (top: number) => (size.top = Math.min(most(), Math.max(0, top))) },
  });
  Object.defineProperty(last, "clientHeight", { get: () => lastHeight });
  last.getBoundingClientRect = () => ({ top: size.whole - lastHeight - size.top }) as DOMRect;
  box.getBoundingClientRect = () => ({ top: 0 }) as DOMRect;
  return { reading: new Reading(place), size };
}

describe("who reads", () => {
  it("the end stays there when something comes below, or the window shrinks", () => {
    const { reading, size } = talk();
    reading.toNews();
    reading.hold(() => (size.whole = 1050));
    expect(size.top).toBe(650);
    reading.hold(() => (size.seen = 150));
    expect(size.top).toBe(900);
  });
  it("further up is left alone", () => {
    const { reading, size } = talk();
    size.top = 100;
    reading.hold(() => (size.seen = 150));
    expect(size.top).toBe(100);
  });
  it("a tall answer begins at its beginning, and is not thrown to its end, however near", () => {
    const { reading, size } = talk(440);
    reading.toNews();
    expect(size.top).toBe(552);
    reading.hold(() => undefined);
    expect(size.top).toBe(552);
  });
  it("the end of a tall answer is not thrown back to its beginning", () => {
    const { reading, size } = talk(700);
    reading.toNews();
    expect(size.top).toBe(292);
    size.top = 600;
    reading.hold(() => undefined);
    expect(size.top).toBe(600);
  });
});

describe("a phone's keyboard", () => {
  const viewport = Object.assign(new EventTarget(), { height: 740, scale: 1, offsetTop: 0 });
  const frame = document.createElement("div");
  const fits = () => [frame.style.getPropertyValue("--height"), frame.style.getPropertyValue("--top")];
  let stop: AbortController;

  beforeEach(() => {
    Object.assign(viewport, { height: 740, scale: 1, offsetTop: 0 });
    vi.stubGlobal("visualViewport", viewport);
    stop = new AbortController();
    return () => stop.abort();
  });

  it("leaves the panel what is seen, where it is seen", () => {
    followViewport(frame, (fit) => fit(), stop.signal);
    expect(fits()).toEqual(["740px", "0px"]);
    viewport.height = 400;
    viewport.dispatchEvent(new Event("resize"));
    viewport.offsetTop = 120;
    viewport.dispatchEvent(new Event("scroll"));
    expect(fits()).toEqual(["400px", "120px"]);
  });
  it("is not what two fingers are: zoomed in, the panel stays what it is", () => {
    followViewport(frame, (fit) => fit(), stop.signal);
    Object.assign(viewport, { height: 370, scale: 2, offsetTop: 200 });
    viewport.dispatchEvent(new Event("resize"));
    expect(fits()).toEqual(["740px", "0px"]);
  });
  it("is followed no longer than wanted", () => {
    followViewport(frame, (fit) => fit(), stop.signal);
    stop.abort();
    viewport.height = 300;
    viewport.dispatchEvent(new Event("resize"));
    expect(fits()[0]).toBe("740px");
  });
});
