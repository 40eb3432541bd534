// The daemon's log and the audit log: what happened, and who read what. Neither says what a card says.
import { $, el, refill, repeatedly, set, table } from "./dom.js";
import { list, moment, t } from "./language.js";
import { tell } from "./message.js";
import { fieldIn, titleIn } from "./words.js";

const every = 3000;
const levels = ["info", "warn", "error"];

export function logPanel(daemon) {
  let log = [];
  let audit = [];
  let paused = false;

  const { start, stop } = repeatedly(every, async () => {
    const [now, trail] = await Promise.all([daemon.request("GET", "/v1/log?n=300"), daemon.request("GET", "/v1/audit?n=100")]);
    log = now.lines.reverse();
    audit = trail.lines.reverse();
    show();
  }, tell);

  const fill = (id, head, rows) => refill($(id), rows.length ? table(t(id), head, rows) : el("p.muted", t("none")));
  const show = () => {
    const least = levels.indexOf($("log-level").value);
    fill("log", ["time", "log.level", "log.message"], log.filter(({ level }) => levels.indexOf(level) >= least).map(logRow));
    fill("audit", ["#", "time", "action", "audit.caller", "audit.card", "audit.given", "audit.outcome"], audit.map(auditRow));
    set($("log-pause"), { "aria-pressed": String(paused) });
  };

  const open = () => {
    if (!paused) start();
  };
  const clear = () => {
    log = audit = [];
    show();
  };

  set($("log-level"), { onchange: show });
  set($("log-pause"), { onclick: () => {
    paused = !paused;
    show();
    stop();
    open();
  } });
  return { open, close: stop, show, clear };
}

const cell = (...children) => el("td", ...children);
const small = (text) => text && el("div.small.muted", text);
const when = (time) => el("td.when", el("time", { datetime: time }, moment(time)));

function logRow({ time, level, message, attributes }) {
  return el("tr", { "data-level": level }, when(time), cell(el("span.tag", t(`level:${level}`))),
    el("td.exact", message, " ", Object.entries(attributes ?? {}).filter(([, value]) => value).flatMap(([key, value]) => [el("span.muted", `${key}=`), `${value} `])));
}

/** The name of a field; of what is none, our own word. */
const givenIn = (name) => (fieldIn(name) === name ? t(`given:${name}`) : fieldIn(name));

function auditRow({ seq, time, event, function: name, caller, reader, card_number: number, region_code: region, given, written, outcome }) {
  return el("tr", { "data-seq": seq }, el("td.when", seq), when(time),
    cell(t(`event:${event}`), name !== event && small(name)),
    caller?.origin ? el("td.exact", caller.origin) : cell(caller && t(`caller:${caller.user}`)),
    cell(number, small([region, reader?.name].filter(Boolean).join(" · "))),
    cell(list([...(given ?? []), ...(written ?? [])].map(givenIn))),
    cell(outcome && el("span.tag", { title: outcome, "data-level": outcome === "ok" ? "ok" : "warn" }, outcome === "ok" ? t("audit.ok") : titleIn(outcome))));
}
