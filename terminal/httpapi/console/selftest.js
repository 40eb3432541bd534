// The doctor of the daemon: what keeps a card from being read, and what to do.
import { $, announce, button, el, refill, repeatedly, set, sign, waiting } from "./dom.js";
import { inWords, moment, t } from "./language.js";
import { attempt } from "./message.js";

const every = 500;

export function selftestPanel(daemon) {
  let report;
  let sofar; // what was found, while it runs
  let run = 0; // which one that is: it ends with the session

  // A daemon of before this page answers nothing to it.
  const progress = repeatedly(every, async () => {
    const mine = run;
    const answer = await daemon.request("GET", "/v1/doctor");
    if (mine !== run || !sofar || !answer.running) return;
    sofar = answer;
    show();
  });

  const begin = () => attempt(async () => {
    const mine = ++run;
    sofar = { findings: [] };
    show();
    announce(t("selftest.running"));
    progress.start();
    try {
      const found = await daemon.request("POST", "/v1/doctor", {}, { timeout: 120000 });
      if (mine !== run) return;
      report = found;
      announce(headlineOf(report).text);
    } catch (problem) {
      if (mine === run) throw problem;
    } finally {
      if (mine === run) end();
    }
  });

  const end = () => {
    run++;
    progress.stop();
    sofar = undefined;
    show();
  };

  const show = () => {
    set($("selftest"), { "data-state": sofar ? "running" : report ? "done" : "idle", "aria-busy": sofar && "true" });
    refill($("selftest-report"), sofar ? [waiting(t("selftest.running"), sofar.of > 0 && `${sofar.done} / ${sofar.of}`), findingsOf(sofar)] : report && reportOf(report));
  };

  const clear = () => {
    report = undefined;
    end();
  };

  $("selftest-start").append(button("selftest", el("span", { "data-t": "selftest.start" }), begin, { class: "primary" }));
  return { show, clear };
}

/** What to begin with: the finding that the report names, or that all is well. */
function headlineOf({ headline, findings }) {
  const finding = findings.find(({ code }) => code === headline);
  return { level: finding?.level ?? "ok", text: finding ? inWords(finding.title) : t("selftest.well"), detail: finding?.detail, hint: inWords(finding?.hint) };
}

const todo = (hint) => hint && el("p", el("span.muted", t("todo"), " "), hint);

function reportOf(report) {
  const { level, text, detail, hint } = headlineOf(report);
  return [
    el("div.notice", { "data-level": level }, sign(level), el("div", el("p.strong.large", text), el("p.small", detail), todo(hint), hint && el("p.small", t("selftest.order")))),
    findingsOf(report),
    el("p.small.muted", `${moment(report.time)} · ${report.system}`),
  ];
}

const findingsOf = ({ findings }) => el("ol", { id: "findings" }, findings.map(lineOf));

function lineOf({ code, level, title, detail, why, hint }) {
  return el("li", { "data-check": code, "data-level": level }, sign(level),
    el("div.grow",
      el("p.strong", el("span.unseen", t(`level:${level}`), ": "), inWords(title)),
      el("p.small.muted", detail), el("p", inWords(why)), todo(inWords(hint))),
    el("code.small.muted", code));
}
