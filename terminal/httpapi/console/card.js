// What the card says, as the clerk sees it. It is shown while the card is there, and kept nowhere.
import { $, announce, blank, button, el, icon, refill, set, sign, waiting } from "./dom.js";
import { Held } from "./held.js";
import { list, t } from "./language.js";
import { explained } from "./message.js";
import { fetchPhoto } from "./photo.js";
import { fieldIn, groupIn, remedyIn, titleIn, valueIn, warningIn } from "./words.js";

const groups = ["holder", "issuer", "local"];
const first = new Set(["name", "card_number"]); // of their groups

export function cardPanel(daemon, roster) {
  const show = () => {
    const { state, answer } = held.now;
    const focused = $("card").contains(document.activeElement);
    set($("card"), { "data-state": state, "aria-busy": state === "reading" && "true" });
    refill($("card"), contents[state](held.now, { known: roster.known, showPhoto: answer?.generation > 1 && roster.hasSAM() && showPhoto }));
    if (focused && document.activeElement === document.body) $("panel-counter").focus({ preventScroll: true });
  };
  const held = new Held(roster, show);

  const read = async (reader) => {
    announce(t("card.reading"));
    const done = held.ask(reader, () => daemon.request("POST", "/v1/read", { reader }));
    $("card").scrollIntoView({ block: "nearest" });
    if (!(await done)) return;
    const { authenticity, warnings } = held.now.answer;
    announce(t("said:read", { result: verdictOf(authenticity), n: warnings.length }));
  };

  const showPhoto = () => {
    announce(t("photo.loading"));
    return held.add(() => fetchPhoto(daemon, held.now.answer));
  };

  const follow = () => {
    held.follow();
    show();
  };
  return { read, clear: held.clear, only: held.only, follow, show };
}

const contents = {
  empty: ({ why }, { known }) => blank("card", why ? t("card.lost", { why: titleIn(why) }) : t("card.empty"), known && t("card.empty.hint")),
  reading: () => waiting(t("card.reading")),
  failed: ({ problem }) => blank("error", ...explained(problem)),
  read: ({ answer, photo, more }, { showPhoto }) => [
    headOf(answer),
    ...groups.map((group) => groupOf(group, answer, group === "holder" && portraitOf(photo, more, showPhoto))),
    missingOf(answer.missing),
    el("p.group.small.muted", answer.reader.name, " · ", t("exchanges", { n: answer.exchanges, ms: answer.elapsed_ms })),
  ],
};

const verdictOf = ({ result }) => t(result === "unchecked" ? "card.unchecked" : `authenticity:${result}`);

function headOf({ generation, algorithm, region_code: region, interface: on, authenticity: { method, result } }) {
  return el("div.head",
    el("p.muted", [t(`generation:${generation}`), algorithm, region && t("of", { what: t("region"), name: region }), t(`interface:${on}`)].filter(Boolean).join(" · ")),
    el("p.tag", { id: "authenticity", "data-result": result, "data-method": method }, sign(result), verdictOf({ result }), method !== "none" && ` · ${t(`method:${method}`)}`));
}

function groupOf(group, document, portrait) {
  const fields = Object.entries(document[group] ?? {}).sort(([a], [b]) => Number(first.has(b)) - Number(first.has(a)));
  if (fields.length === 0) return "";
  return el("div.group",
    el("h3", groupIn(group)),
    el("div.fields", portrait, el("dl", fields.map(([name, value]) => rowOf(`${group}.${name}`, value, document.warnings)))));
}

function rowOf(field, value, warnings) {
  const meaning = valueIn(field, value);
  return el("div", { class: field === "holder.name" ? "name" : value.length > 20 && "wide", "data-field": field },
    el("dt", fieldIn(field)),
    el("dd", meaning || value, meaning && el("span.muted", ` (${value})`)),
    warnings.filter((warning) => warning.field === field).map(({ code }) => el("dd.caution", { "data-warning": code }, icon("warn"), warningIn(code))));
}

/** What is missing, by reason: who knows one remedy knows it for all. */
function missingOf(missing) {
  const reasons = [...new Set(missing.map(({ reason }) => reason))];
  if (reasons.length === 0) return "";
  return el("div.group",
    el("h3", t("missing")),
    el("ul", reasons.map((reason) => el("li", { class: reason === "file.absent" ? "notice" : "notice warn" }, icon(reason === "file.absent" ? "info" : "warn"),
      el("div", {},
        el("p.strong", missing.filter((one) => one.reason === reason).flatMap(({ field }, i) => [i > 0 && list(["", ""]), el("span", { "data-missing": field, "data-reason": reason }, fieldIn(field))])),
        el("p", remedyIn(reason)))))));
}

function portraitOf(photo, loading, showPhoto) {
  if (photo) return el("img", { id: "photo", src: photo, alt: t("photo") });
  const none = photo === "";
  return (showPhoto || none) && el("div", { id: "no-photo", "aria-busy": loading && "true" }, icon("person"),
    none ? el("p.small.muted", t("photo.none")) : button("photo", t(loading ? "photo.loading" : "photo.show"), showPhoto));
}
