// The doctor of the daemon: what keeps a card from being read, and what to do.
import { $, announce, button, el, p, sign, waiting } from "./dom.js";
import { inWords, moment, t } from "./language.js";
import { attempt } from "./message.js";

export function selftestPanel(daemon) {
  let report;
  let running = false;

  const run = async () => {
    running = true;
    show();
    await attempt(async () => {
      report = await daemon.request("POST", "/v1/doctor", {}, { timeout: 120000 });
      announce(headlineOf(report).text);
    });
    running = false;
    show();
  };

  const show = () => {
    $("selftest").setAttribute("data-state", running ? "running" : report ? "done" : "idle");
    $("selftest").setAttribute("aria-busy", String(running));
    $("selftest-report").replaceChildren(...(running ? [waiting(t("selftest.running"))] : report ? reportOf(report) : []));
  };

  const clear = () => {
    report = undefined;
    show();
  };

  $("selftest-start").append(button("selftest", el("span", { "data-t": "selftest.start" }), run, { class: "primary" }));
  return { show, clear };
}

/** What to begin with: the finding that the report names, or that all is well. */
function headlineOf({ headline, findings }) {
  const finding = findings.find(({ code }) => code === headline);
  return { level: finding?.level ?? "ok", text: finding ? inWords(finding.title) : t("selftest.well"), hint: inWords(finding?.hint) };
}

const todo = (hint) => hint && p("", el("span", { class: "muted" }, t("todo")), hint);

function reportOf(report) {
  const { level, text, hint } = headlineOf(report);
  return [
    el("div", { class: "notice", "data-level": level }, sign(level), el("div", {}, p("strong large", text), todo(hint), hint && p("small", t("selftest.order")))),
    el("ol", { id: "findings" }, report.findings.map(lineOf)),
    p("small muted", `${moment(report.time)} · ${report.system}`),
  ];
}

function lineOf({ code, level, title, detail, why, hint }) {
  return el("li", { "data-check": code, "data-level": level }, sign(level),
    el("div", { class: "grow" },
      p("strong", el("span", { class: "unseen" }, t(`level:${level}`), ": "), inWords(title)),
      p("small muted", detail ?? ""), p("", inWords(why)), todo(inWords(hint))),
    el("code", { class: "small muted" }, code));
}
