// The readers, and what is in them now.
import { $, announce, blank, button, el, icon, refill } from "./dom.js";
import { t } from "./language.js";
import { stateOf } from "./roster.js";

const drawings = { contactless: "waves" };
const said = { "card.inserted": "said:inserted", "card.removed": "said:removed", "reader.added": "said:added", "reader.removed": "said:gone" };

/** What is in a reader, in words. */
function contentOf({ role, card }) {
  if (role === "sam") return t(card ? "psam:present" : "psam:none");
  const state = stateOf({ card });
  const words = t(card?.code === "card.unsupported" ? "card:unsupported" : state === "identified" ? `generation:${card.generation}` : `card:${state}`);
  return card?.also?.length ? `${words} · ${t("card:also", { reader: card.also[0].reader.name })}` : words;
}

/** acts are those on a reader, by its id: read and verify. */
export function readersPanel(roster, acts) {
  const line = (reader) => el("li", { "data-reader": reader.id, "data-card": stateOf(reader), "data-generation": reader.card?.generation },
    icon(reader.role === "sam" ? "card" : drawings[reader.interface] ?? "reader"),
    el("div.grow",
      el("h3.exact", { tabindex: -1 }, reader.name),
      el("p.small.muted", t(`interface:${reader.interface}`)),
      el("p.content", contentOf(reader)),
      reader.role !== "sam" && reader.card && el("div.actions", button("read", t("read"), () => acts.read(reader.id), { of: reader.name, class: "primary" }), button("verify", t("verify"), () => acts.verify(reader.id), { of: reader.name }))));

  const show = () => {
    const at = document.activeElement?.closest("#readers [data-reader]")?.getAttribute("data-reader");
    refill($("readers"), roster.all().length ? roster.all().map(line) : roster.known && el("li", blank("reader", t("readers.none"), t("readers.none.hint"))));
    if (at && document.activeElement === document.body) ($("readers").querySelector(`[data-reader="${CSS.escape(at)}"] h3`) ?? $("panel-counter")).focus();
  };

  const heard = (event) => {
    show();
    if (said[event.type] && event.role !== "sam") announce(t("of", { what: t(said[event.type]), name: event.reader.name }));
  };

  return { show, heard };
}
