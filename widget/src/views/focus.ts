/** Keeps the focus inside a modal panel. */

/** Turn Tab around at either end of what can be focused in `place`. */
export function holdFocus(event: KeyboardEvent, place: HTMLElement): void {
  const all = [...place.querySelectorAll<HTMLElement>("button:enabled, a[href], textarea, summary, [tabindex='0']")].filter(
    (element) => element.getClientRects().length > 0,
  );
  const first = all[0];
  const last = all[all.length - 1];
  const now = (place.getRootNode() as ShadowRoot).activeElement;
  if (event.shiftKey && now === first) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && now === last) {
    event.preventDefault();
    first?.focus();
  }
}
