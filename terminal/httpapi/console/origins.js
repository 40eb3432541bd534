// Which web pages may call. What was refused is anybody's text, and stays text.
import { $, announce, button, el, icon, refill, repeatedly, sign, table } from "./dom.js";
import { list, moment, t } from "./language.js";
import { attempt, tell } from "./message.js";
import { fieldIn, fieldsByGroup, groupIn } from "./words.js";

const every = 3000;
const most = 256; // rows: anybody can be refused, by any name
const here = /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;

export function originsPanel(daemon) {
  let allowed = [];
  const refused = new Map(); // in the order in which it was seen: while the tab is open no row goes or moves under the pointer
  const chosen = new Map(); // which fields of an origin; without an entry it is everything

  const { start, stop } = repeatedly(every, async () => {
    const now = await daemon.request("GET", "/v1/origins");
    now.refused.sort((a, b) => (a.first < b.first ? -1 : 1));
    for (const one of now.refused) if (refused.has(one.origin) || refused.size < most) refused.set(one.origin, one);
    allowed = now.allowed;
    for (const { origin } of allowed) chosen.delete(origin); // not before: a second press would allow everything
    show();
  }, tell);

  const change = async (method, body, said) => {
    await attempt(async () => {
      await daemon.request(method, "/v1/origins", body);
      announce(t("of", { what: t(said), name: body.origin }));
    });
    await start();
    if (document.activeElement !== document.body) return; // the button is still there
    const row = $("refused").querySelector(`[data-origin="${CSS.escape(body.origin)}"] h3`);
    (row ?? $("panel-origins")).focus({ preventScroll: true });
  };
  const deny = (origin) => change("DELETE", { origin }, "said:denied");
  const acts = {
    allow: (origin) => change("POST", { origin, ...(chosen.has(origin) && { fields: [...chosen.get(origin)] }) }, "said:allowed"),
    limit: (origin, limited) => {
      if (limited) chosen.set(origin, new Set());
      else chosen.delete(origin);
      show();
    },
    choose: (origin, field) => {
      const fields = chosen.get(origin);
      if (!fields.delete(field)) fields.add(field);
      show();
    },
  };

  const show = () => {
    const known = new Set(allowed.map(({ origin }) => origin));
    refill($("refused"), refused.size ? [...refused.values()].map((one) => refusedItem(one, known.has(one.origin), chosen.get(one.origin), acts)) : el("p.muted", t("none")));
    refill($("allowed"), allowed.length ? allowedTable(allowed, deny) : el("p.muted", t("none")));
  };

  const open = () => {
    refused.clear();
    start();
  };
  const clear = () => {
    allowed = [];
    refused.clear();
    chosen.clear();
    show();
  };
  return { open, close: stop, show, clear };
}

const caution = (key) => el("p.caution", icon("warn"), t(key));

/** What the person should know of an origin. */
const cautionsOf = (origin) => [origin.startsWith("http:") && !here.test(origin) && caution("caution:http"), origin.includes("xn--") && caution("caution:punycode")];

function refusedItem({ origin, count, last, asked, command }, isAllowed, fields, acts) {
  return el("div.origin", { "data-origin": origin },
    el("div.grow", el("h3.exact", { tabindex: -1 }, origin), el("p.small.muted", t("refused.facts", { count, last: moment(last), asked })), command ? cautionsOf(origin) : caution("caution:never")),
    isAllowed ? el("p.tag", { "data-level": "ok" }, sign("ok"), t("said:allowed")) : command && chooser(origin, fields, acts));
}

/** Everything, or only chosen fields, of which there must be one. */
function chooser(origin, fields, { allow, limit, choose }) {
  const radio = (limited, key) => el("label", el("input", { type: "radio", name: `of ${origin}`, value: key, checked: !fields === !limited, onchange: () => limit(origin, limited) }), t(key));
  const box = (field) => el("label", el("input", { type: "checkbox", name: origin, value: field, checked: fields.has(field), onchange: () => choose(origin, field) }), fieldIn(field));
  return [
    el("fieldset.radios", el("legend.unseen", t("of", { what: t("may.read"), name: origin })), radio(false, "fields.all"), radio(true, "fields.some")),
    button("allow", t("allow"), () => allow(origin), { of: origin, class: "primary", disabled: fields?.size === 0 }),
    fields && el("div.boxes", el("p.muted", t("fields.choose")), [...fieldsByGroup()].map(([group, names]) => el("fieldset", el("legend.strong", groupIn(group)), names.map(box))))];
}

function allowedTable(allowed, deny) {
  return table(t("allowed"), ["origin", "may.read", "source", "action"], allowed.map(({ origin, fields, source }) =>
    el("tr", { "data-origin": origin },
      el("th.exact", { scope: "row" }, origin, cautionsOf(origin)),
      el("td", fields ? list(fields.map(fieldIn)) || t("fields.none") : t("fields.all")),
      el("td", t(`source:${source}`)),
      el("td", source === "state" && button("deny", t("deny"), () => deny(origin), { of: origin })))));
}
