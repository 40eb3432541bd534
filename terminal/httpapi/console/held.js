// What a panel shows of one card. It goes when the card does, and so does the message of what went wrong with it.
import { attempt, tellInSight, untell } from "./message.js";

const removed = "card.removed";

export class Held {
  /** @type {any} the state is empty, reading, read or failed */
  now = { state: "empty" };
  #roster;
  #show;

  constructor(roster, show) {
    this.#roster = roster;
    this.#show = show;
  }

  #become(next) {
    const { photo, problem } = this.now;
    this.now = next;
    if (photo !== next.photo) URL.revokeObjectURL(photo);
    if (problem !== next.problem) untell(problem);
    this.#show();
  }

  clear = (why) => this.#become({ state: "empty", why });
  only = (reader) => this.now.reader !== reader && this.clear();

  /** Asks about the card in a reader. True where the answer is shown. */
  ask = (reader, work) => this.#await({ state: "reading", reader, card: this.#roster.cardIn(reader) }, async () => ({ state: "read", answer: await work() }), { state: "failed" });

  /** Asks for more about the card that is shown. */
  add = (work) => this.#await({ ...this.now, more: true, problem: undefined }, work);

  #await = (mine, work, otherwise) => attempt(async () => {
    this.#become(mine);
    let next;
    try {
      next = await work();
    } catch (problem) {
      next = { ...otherwise, problem };
    }
    if (this.now !== mine) return URL.revokeObjectURL(next.photo); // another card, or another question
    this.#become({ ...mine, more: false, ...next });
    if (next.problem) throw next.problem;
    return true;
  });

  /** Clears where the card is there no more. */
  follow = () => {
    const { state, reader, card, problem } = this.now;
    const there = reader && this.#roster.cardIn(reader);
    if (!reader || there === card) return;
    const why = this.#roster.code ?? removed;
    if (there || (state !== "reading" && problem?.code !== removed)) return this.clear(state === "read" ? why : undefined);
    const said = problem ?? { code: why };
    this.#become({ state: "failed", reader, problem: said });
    tellInSight(said);
  };
}
