// Which web pages may call. What was refused is anybody's text, and stays text.
import { $, announce, button, el, icon, p, repeatedly, table } from "./dom.js";
import { list, moment, t } from "./language.js";
import { attempt, tell } from "./message.js";
import { fieldIn, fieldsByGroup, groupIn } from "./words.js";

const every = 3000;
const none = { allowed: [], refused: [] };

export function originsPanel(daemon) {
  let origins = none;
  /** @type {Map<string, Set<string>>} what was chosen for an origin; without an entry it is everything */
  const chosen = new Map();

  const { start, stop } = repeatedly(every, async () => {
    try {
      const now = await daemon.request("GET", "/v1/origins");
      now.refused.sort((a, b) => (a.first < b.first ? -1 : 1)); // asking again moves no button
      const choosing = $("refused").contains(document.activeElement); // boxes stay
      const facts = ({ allowed, refused }) => JSON.stringify(choosing ? [allowed, refused.map(({ origin }) => origin)] : [allowed, refused]);
      if (facts(now) === facts(origins)) return;
      origins = now;
      show();
    } catch (problem) {
      tell(problem);
    }
  });

  const change = async (method, body, said) => {
    await attempt(async () => {
      await daemon.request(method, "/v1/origins", body);
      chosen.delete(body.origin);
      announce(t("of", { what: t(said), name: body.origin }));
    });
    await start();
    $("panel-origins").focus();
  };
  const allow = (origin) => change("POST", { origin, ...(chosen.has(origin) && { fields: [...chosen.get(origin)] }) }, "said:allowed");
  const deny = (origin) => change("DELETE", { origin }, "said:denied");

  const show = () => {
    $("refused").replaceChildren(...origins.refused.map((one) => refusedItem(one, chosen, allow)));
    $("refused-none").hidden = origins.refused.length > 0;
    $("allowed").replaceChildren(...(origins.allowed.length ? [allowedTable(origins.allowed, deny)] : [p("muted", t("none"))]));
  };

  const clear = () => {
    origins = none;
    chosen.clear();
    show();
  };
  return { open: start, close: stop, show, clear };
}

const caution = (key) => p("caution", icon("warn"), t(key));

/** What the person should know of an origin before it is let in. */
function cautionsOf({ origin, command }) {
  if (!command) return [caution("caution:never")];
  return [origin.startsWith("http:") && caution("caution:http"), origin.includes("xn--") && caution("caution:punycode")];
}

function refusedItem(one, chosen, allow) {
  const { origin, count, last, asked, command } = one;
  return el("div", { class: "origin", "data-origin": origin },
    el("div", { class: "grow" }, el("h3", { class: "exact" }, origin), p("small muted", t("refused.facts", { count, last: moment(last), asked })), cautionsOf(one)),
    command && chooser(origin, chosen, button("allow", t("allow"), () => allow(origin), { class: "primary", "aria-label": t("of", { what: t("allow"), name: origin }) })));
}

/** Everything, or only chosen fields. */
function chooser(origin, chosen, decision) {
  const box = (field) => el("input", { type: "checkbox", value: field, checked: chosen.get(origin)?.has(field), onchange: ({ target }) => chosen.get(origin)[target.checked ? "add" : "delete"](field) });
  const boxes = el("div", { class: "boxes", hidden: !chosen.has(origin) }, [...fieldsByGroup()].map(([group, fields]) =>
    el("fieldset", {}, el("legend", { class: "strong" }, groupIn(group)), fields.map((field) => el("label", {}, box(field), fieldIn(field))))));
  const choose = (limited) => {
    if (limited) chosen.set(origin, new Set([...boxes.querySelectorAll(":checked")].map(({ value }) => value)));
    else chosen.delete(origin);
    boxes.hidden = !limited;
  };
  const radio = (limited, key) => el("label", {}, el("input", { type: "radio", name: `of ${origin}`, checked: chosen.has(origin) === limited, onchange: () => choose(limited) }), t(key));
  return [
    el("fieldset", { class: "radios" }, el("legend", { class: "unseen" }, t("of", { what: t("may.read"), name: origin })), radio(false, "fields.all"), radio(true, "fields.some")),
    decision, boxes];
}

function allowedTable(allowed, deny) {
  return table(t("allowed"), ["origin", "may.read", "source", "action"].map((key) => t(key)), allowed.map(({ origin, fields, source }) =>
    el("tr", { "data-origin": origin },
      el("th", { scope: "row", class: "exact" }, origin),
      el("td", {}, fields ? list(fields.map(fieldIn)) || t("fields.none") : t("fields.all")),
      el("td", {}, t(`source:${source}`)),
      el("td", {}, source === "state" && button("deny", t("deny"), () => deny(origin), { "aria-label": t("of", { what: t("deny"), name: origin }) })))));
}
