// What the card says, as the clerk sees it. It is shown while the card is there, and kept nowhere.
import { $, announce, blank, button, el, icon, p, sign, waiting } from "./dom.js";
import { list, t } from "./language.js";
import { attempt, explained } from "./message.js";
import { fetchPhoto } from "./photo.js";
import { fieldIn, groupIn, remedyIn, valueIn, warningIn } from "./words.js";

const groups = ["holder", "issuer", "local"];
const first = new Set(["name", "card_number"]); // of their groups
const long = 20; // beyond that a value takes the place of two

export function cardPanel(daemon, roster) {
  /** @type {{state: string, reader?: string, card?: string, document?: any, problem?: any, photo?: string}} */
  let now = { state: "empty" };
  let sam = false;

  const become = (next) => {
    if (now.photo && now.photo !== next.photo) URL.revokeObjectURL(now.photo);
    now = next;
    show();
  };
  const clear = () => become({ state: "empty" });
  const only = (reader) => now.reader !== reader && clear();

  const read = (reader) => attempt(async () => {
    const mine = { state: "reading", reader, card: roster.cardIn(reader) };
    become(mine);
    $("card").scrollIntoView({ block: "nearest" });
    try {
      const document = await daemon.request("POST", "/v1/read", { reader });
      if (now !== mine) return; // the card has left, or another reading was begun
      become({ ...mine, state: "read", document });
      announce(t("said:read"));
    } catch (problem) {
      if (now !== mine) return;
      become({ ...mine, state: "failed", problem });
      throw problem;
    }
  });

  const showPhoto = () => attempt(async () => {
    const mine = now;
    const photo = await fetchPhoto(daemon, mine.document);
    if (now === mine) become({ ...mine, photo });
    else URL.revokeObjectURL(photo);
  });

  /** Clears where the card that is shown is there no more. */
  const follow = () => {
    if (now.reader && roster.cardIn(now.reader) !== now.card) become({ state: "empty", card: "left" });
    else if (sam !== roster.hasSAM()) show();
  };

  const show = () => {
    const place = $("card");
    sam = roster.hasSAM();
    const focused = place.contains(document.activeElement);
    place.setAttribute("data-state", now.state);
    place.setAttribute("aria-busy", String(now.state === "reading"));
    place.replaceChildren(...contents[now.state](now, sam && now.document?.generation > 1 && showPhoto));
    if (focused) place.querySelector("button")?.focus();
  };

  return { read, clear, only, follow, show };
}

const contents = {
  empty: ({ card }) => [blank("card", t(card ? "card:left" : "card:empty"), t("card:empty.hint"))],
  reading: () => [waiting(t("card:reading"))],
  failed: ({ problem }) => [blank("error", explained(problem).title)],
  read: ({ document, photo }, showPhoto) => [
    headOf(document),
    ...groups.map((group) => groupOf(group, document, group === "holder" && portraitOf(photo, showPhoto))),
    missingOf(document.missing),
    p("group small muted", document.reader.name, " · ", t("exchanges", { n: document.exchanges, ms: document.elapsed_ms })),
  ],
};

function headOf({ generation, algorithm, region_code: region, interface: on, authenticity: { method, result } }) {
  return el("div", { class: "head" },
    p("muted", [t("card:identified", { generation }), algorithm, region, t(`interface:${on}`)].filter(Boolean).join(" · ")),
    el("p", { id: "authenticity", class: "tag", "data-result": result, "data-method": method }, sign(result), t(`authenticity:${result}`), method !== "none" && ` · ${method.toUpperCase()}`));
}

/** A group of fields; nothing where the card gave none. */
function groupOf(group, document, portrait) {
  const fields = Object.entries(document[group] ?? {}).sort(([a], [b]) => Number(first.has(b)) - Number(first.has(a)));
  if (fields.length === 0) return "";
  return el("section", { class: "group" },
    el("h3", {}, groupIn(group)),
    el("div", { class: "fields" }, portrait, el("dl", {}, fields.map(([name, value]) => rowOf(`${group}.${name}`, value, document.warnings)))));
}

function rowOf(field, value, warnings) {
  const meaning = valueIn(field, value);
  return el("div", { class: field === "holder.name" ? "name" : value.length > long && "wide", "data-field": field },
    el("dt", {}, fieldIn(field)),
    el("dd", {}, meaning || value, meaning && el("span", { class: "muted" }, ` (${value})`)),
    warnings.filter((warning) => warning.field === field).map(({ code }) => el("dd", { class: "caution", "data-warning": code }, icon("warn"), warningIn(code))));
}

/** What is missing, by reason: who knows one remedy knows it for all. */
function missingOf(missing) {
  const reasons = [...new Set(missing.map(({ reason }) => reason))];
  if (reasons.length === 0) return "";
  return el("section", { class: "group" },
    el("h3", {}, t("missing")),
    el("ul", {}, reasons.map((reason) => el("li", { class: reason === "file.absent" ? "notice" : "notice warn" }, icon(reason === "file.absent" ? "info" : "warn"),
      el("div", {},
        p("strong", missing.filter((one) => one.reason === reason).flatMap(({ field }, i) => [i > 0 && list(["", ""]), el("span", { "data-missing": field, "data-reason": reason }, fieldIn(field))])),
        p("", remedyIn(reason)))))));
}

function portraitOf(photo, showPhoto) {
  if (photo) return el("img", { id: "photo", src: photo, alt: t("photo") });
  return showPhoto && el("div", { id: "no-photo" }, icon("person"), button("photo", t("photo.show"), showPhoto));
}
