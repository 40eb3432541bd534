// What the events make of the readers: which there are, and what is in them.

export class Roster {
  /** @type {Map<string, any>} by id */
  readers = new Map();
  known = false; // whether anybody has told

  all = () => [...this.readers.values()];

  /** The opaque reference of the card in a reader; undefined where there is none. */
  cardIn = (id) => this.readers.get(id)?.card?.card;

  /** Whether a PSAM is there. */
  hasSAM = () => this.all().some((reader) => reader.role === "sam" && reader.card);

  clear() {
    this.readers.clear();
    this.known = false;
  }

  /** Takes a message of /v1/events. */
  take(event) {
    if (event.type === "snapshot") {
      this.known = true;
      this.readers = new Map(event.readers.map((reader) => [reader.id, reader]));
      return;
    }
    if (!event.reader) return;
    const { id, name } = event.reader;
    const { role, interface: on, card, generation, code, also } = event;
    const before = this.readers.get(id);
    switch (event.type) {
      case "reader.added":
        this.readers.set(id, { id, name, role, interface: on, card: null });
        break;
      case "reader.removed":
        this.readers.delete(id);
        break;
      case "card.inserted":
      case "card.identified":
        this.readers.set(id, { id, name, role, interface: on, card: { card, generation, code, also } });
        break;
      case "card.removed":
        if (before) this.readers.set(id, { ...before, card: null });
    }
  }
}

/** The state of a reader's card in one word. */
export function stateOf({ card }) {
  if (!card) return "none";
  if (card.code) return "unreadable";
  return card.generation ? "identified" : "present";
}
