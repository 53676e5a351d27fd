/**
 * Something that goes wrong for a while. What is said when it begins, or becomes something else, is
 * said once; so is what is said when it is over.
 */
export class Trouble<Kind extends string> {
  readonly #begins: (kind: Kind) => void;
  readonly #ends: (kind: Kind) => void;
  #now: Kind | null = null;

  constructor({ begins, ends }: { begins: (kind: Kind) => void; ends: (kind: Kind) => void }) {
    this.#begins = begins;
    this.#ends = ends;
  }

  /** How things are: the trouble that there is, or null for none. */
  note(kind: Kind | null): void {
    const before = this.#now;
    if (kind === before) return;
    this.#now = kind;
    if (kind !== null) this.#begins(kind);
    else if (before !== null) this.#ends(before);
  }
}
