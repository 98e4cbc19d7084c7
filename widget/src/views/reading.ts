/** Where the visitor is in the talk: who is at its end stays there, who is further up is left alone. */

/** Pixels from the end that still count as being there. */
const NEAR = 80;

export class Reading {
  /** Where `toNews` went for an answer that is taller than what can be seen: its end may be near, but is not wanted yet. */
  private beginning = -1;

  constructor(private readonly place: HTMLElement) {}

  private get talk(): Element | null {
    return this.place.querySelector(".talk");
  }

  private get atEnd(): boolean {
    const { talk } = this;
    return !talk || (talk.scrollTop !== this.beginning && talk.scrollHeight - talk.scrollTop - talk.clientHeight < NEAR);
  }

  /** Do something that changes the talk or its size; who was at the end still is. */
  hold(change: () => void): void {
    const { atEnd } = this;
    change();
    if (atEnd) this.toEnd();
  }

  /** Go to the end of the talk; to the beginning of an answer that is longer than what can be seen. */
  toNews(): void {
    this.toEnd();
    const { talk } = this;
    const lines = talk?.querySelectorAll("li.line");
    const last = lines?.[lines.length - 1];
    if (!talk || !last || last.clientHeight <= talk.clientHeight - 20) return;
    const above = last.getBoundingClientRect().top - talk.getBoundingClientRect().top - 8;
    talk.scrollTop += above;
    if (talk.clientHeight && above < 0) this.beginning = talk.scrollTop;
  }

  private toEnd(): void {
    const { talk } = this;
    this.beginning = -1;
    if (talk) talk.scrollTop = talk.scrollHeight;
  }
}
