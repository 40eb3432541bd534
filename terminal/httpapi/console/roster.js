// What the events make of the readers: which there are, and what is in them.

export class Roster {
  readers = new Map(); // by id
  known = false; // whether anybody has told
  code; // why there is no smart card service

  all = () => [...this.readers.values()];

  /** The opaque reference of the card in a reader; undefined where there is none. */
  cardIn = (id) => this.readers.get(id)?.card?.card;

  /** Whether a PSAM is there. */
  hasSAM = () => this.all().some((reader) => reader.role === "sam" && reader.card);

  clear() {
    this.readers.clear();
    this.known = false;
    this.code = undefined;
  }

  /** Takes a message of /v1/events. */
  take(event) {
    if (event.type === "snapshot" || event.type.startsWith("service.")) this.code = event.code;
    if (event.type === "snapshot") {
      this.known = true;
      this.readers = new Map(event.readers.map((reader) => [reader.id, reader]));
      return;
    }
    if (!event.reader) return;
    const { type, reader: { id, name }, role, interface: on, card, generation, code, also } = event;
    if (type === "reader.removed") this.readers.delete(id);
    else if (type !== "card.removed" || this.readers.has(id)) {
      const there = type === "card.inserted" || type === "card.identified";
      this.readers.set(id, { id, name, role, interface: on, card: there ? { card, generation, code, also } : null });
    }
  }
}

/** The state of a reader's card in one word. */
export function stateOf({ card }) {
  if (!card) return "none";
  if (card.code) return "unreadable";
  return card.generation ? "identified" : "present";
}
