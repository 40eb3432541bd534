// The daemon's log and the audit log: what happened, and who read what. Neither says what a card says.
import { $, el, p, repeatedly, table } from "./dom.js";
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
    try {
      const [now, trail] = await Promise.all([daemon.request("GET", "/v1/log?n=300"), daemon.request("GET", "/v1/audit?n=100")]);
      const before = JSON.stringify([log[0], audit[0]]);
      log = now.lines.reverse();
      audit = trail.lines.reverse();
      if (JSON.stringify([log[0], audit[0]]) !== before) show();
    } catch (problem) {
      tell(problem);
    }
  });

  const fill = (id, head, rows) => $(id).replaceChildren(rows.length ? table(t(id), head.map((key) => t(key)), rows) : p("muted", t("none")));
  const show = () => {
    const least = levels.indexOf($("log-level").value);
    fill("log", ["time", "log.level", "log.message"], log.filter(({ level }) => levels.indexOf(level) >= least).map(logRow));
    fill("audit", ["#", "time", "action", "audit.caller", "audit.card", "audit.given", "audit.outcome"], audit.map(auditRow));
    $("log-pause").setAttribute("aria-pressed", String(paused));
  };

  const open = () => {
    if (!paused) start();
  };
  const clear = () => {
    log = audit = [];
    show();
  };

  $("log-level").addEventListener("change", show);
  $("log-refresh").addEventListener("click", async () => {
    await start();
    if (paused) stop();
  });
  $("log-pause").addEventListener("click", () => {
    paused = !paused;
    show();
    stop();
    open();
  });
  return { open, close: stop, show, clear };
}

const cell = (...children) => el("td", {}, ...children);
const small = (text) => text && el("div", { class: "small muted" }, text);
const when = (time) => el("td", { class: "when" }, el("time", { datetime: time }, moment(time)));

function logRow({ time, level, message, attributes }) {
  return el("tr", { "data-level": level }, when(time), cell(el("span", { class: "tag" }, t(`level:${level}`))),
    el("td", { class: "exact" }, message, " ", Object.entries(attributes ?? {}).filter(([, value]) => value).flatMap(([key, value]) => [el("span", { class: "muted" }, `${key}=`), `${value} `])));
}

function auditRow({ seq, time, event, function: name, caller, reader, card_number: number, region_code: region, given, written, outcome }) {
  return el("tr", { "data-seq": seq }, el("td", { class: "when" }, seq), when(time),
    cell(t(`event:${event}`), name !== event && small(name)),
    el("td", { class: "exact" }, caller?.origin ?? (caller && t(`caller:${caller.user}`))),
    cell(number, small([region, reader?.name].filter(Boolean).join(" · "))),
    cell(list([...(given ?? []), ...(written ?? [])].map(fieldIn))),
    cell(outcome && el("span", { class: "tag", title: outcome, "data-level": outcome === "ok" ? "ok" : "warn" }, outcome === "ok" ? t("audit.ok") : titleIn(outcome))));
}
