// The readers, and what is in them now.
import { $, announce, button, el, icon, p } from "./dom.js";
import { t } from "./language.js";
import { stateOf } from "./roster.js";

const drawings = { contactless: "waves" };
const said = { "card.inserted": "said:inserted", "card.removed": "said:removed", "reader.added": "said:added", "reader.removed": "said:gone" };

/** What is in a reader, in words. */
function contentOf({ role, card }) {
  if (role === "sam") return t(card ? "psam:present" : "psam:none");
  const state = stateOf({ card });
  const words = t(card?.code === "card.unsupported" ? "card:unsupported" : `card:${state}`, { generation: card?.generation });
  return card?.also?.length ? `${words} · ${t("card:also", { reader: card.also[0].reader.name })}` : words;
}

/** acts are those on a reader, by its id: read and verify. */
export function readersPanel(roster, acts) {
  const act = (name, { id, name: reader }, look) => button(name, t(name), () => acts[name](id), { class: look, "aria-label": t("of", { what: t(name), name: reader }) });

  const line = (reader) => el("li", { "data-reader": reader.id, "data-card": stateOf(reader), "data-generation": reader.card?.generation },
    icon(reader.role === "sam" ? "key" : drawings[reader.interface] ?? "reader"),
    el("div", { class: "grow" },
      el("h3", { class: "exact" }, reader.name),
      p("small muted", t(`interface:${reader.interface}`)),
      p("content", contentOf(reader)),
      reader.role !== "sam" && reader.card && el("div", { class: "actions" }, act("read", reader, "primary"), act("verify", reader))));

  const show = () => {
    const focused = document.activeElement;
    const at = focused?.closest("[data-reader]")?.getAttribute("data-reader");
    $("readers").replaceChildren(...roster.all().map(line));
    $("no-readers").hidden = !roster.known || roster.all().length > 0;
    if (at) $("readers").querySelector(`[data-reader="${CSS.escape(at)}"] [data-act=${focused.getAttribute("data-act")}]`)?.focus();
  };

  const heard = (event) => {
    show();
    if (said[event.type] && event.role !== "sam") announce(t("of", { what: t(said[event.type]), name: event.reader.name }));
  };

  return { show, heard };
}
