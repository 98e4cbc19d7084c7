/** Has the panel fill what a phone's keyboard leaves of the screen (`--height` and `--top`, of small screens only). */

/** Follow the visual viewport until `signal`. `resized` is given what fits the panel, to do something before and after. */
export function followViewport(frame: HTMLElement, resized: (fit: () => void) => void, signal: AbortSignal): void {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = () => {
    // Two fingers that zoom in see less of a panel that stays what it was; and they move over it, it does not move with them.
    const zoom = Math.max(1, viewport.scale);
    frame.style.setProperty("--height", `${viewport.height * zoom}px`);
    frame.style.setProperty("--top", `${zoom > 1.01 ? 0 : viewport.offsetTop}px`);
  };
  viewport.addEventListener("resize", () => resized(fit), { signal });
  viewport.addEventListener("scroll", fit, { signal });
  fit();
}
