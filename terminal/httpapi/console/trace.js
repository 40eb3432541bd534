// Records what is said to a card, for who mends: redacted by the daemon before it gets here.
import { $, announce, button, el, p, repeatedly } from "./dom.js";
import { moment, t } from "./language.js";
import { attempt, tell } from "./message.js";

const every = 2000;

export function tracePanel(daemon, roster) {
  /** @type {{state: string, status?: any, trace?: any}} */
  let now = { state: "idle" };

  const become = (next) => {
    const other = next.state !== now.state;
    if (JSON.stringify(next) === JSON.stringify(now)) return; // the buttons stay
    now = next;
    show();
    if (!other) return;
    announce($("trace-content").querySelector("p").textContent);
    $("trace-content").querySelector("button").focus();
  };

  const { start: look, stop: close } = repeatedly(every, async () => {
    try {
      const status = await daemon.request("GET", "/v1/trace");
      if (status.recording) become({ state: "recording", status });
      else if (now.state === "recording") await (status.sessions ? acts.stop() : become({ state: "idle" })); // over by itself
    } catch (problem) {
      tell(problem);
    }
  });

  const acts = {
    start: async () => {
      const reader = $("trace-reader").value;
      become({ state: "recording", status: await daemon.request("POST", "/v1/trace", reader ? { reader } : {}) });
    },
    stop: async () => become({ state: "done", trace: await daemon.request("POST", "/v1/trace/stop", {}) }),
    discard: async () => {
      if (now.state === "recording") await daemon.request("DELETE", "/v1/trace");
      become({ state: "idle" });
    },
    save: async () => {
      const href = URL.createObjectURL(new Blob([now.trace.trace], { type: "text/plain" }));
      el("a", { href, download: `sscard-${new Date().toISOString().slice(0, 19).replace(/\D/g, "")}.trace` }).click();
      setTimeout(() => URL.revokeObjectURL(href), 10000);
    },
  };
  const act = (name, look) => button(`trace-${name}`, t(`trace.${name}`), async () => {
    close(); // an answer under way is no news
    await attempt(acts[name]);
    await open();
  }, { class: look });

  const show = () => {
    const reader = $("trace-reader")?.value;
    const focused = $("trace-content").contains(document.activeElement) && document.activeElement.getAttribute("data-act");
    $("trace").setAttribute("data-state", now.state);
    $("trace-content").replaceChildren(...{ idle, recording, done }[now.state]());
    if (reader && $("trace-reader")) $("trace-reader").value = reader;
    if (focused) $("trace-content").querySelector(`[data-act=${focused}]`)?.focus();
  };

  const dropped = ({ dropped: n }) => (n ? p("caution", t("trace.dropped", { n })) : "");
  const idle = () => [
    p("", t("trace.idle")),
    el("div", { class: "actions" },
      el("label", {}, t("trace.reader"), " ", el("select", { id: "trace-reader" }, el("option", { value: "" }, t("all")), roster.all().map(({ id, name }) => el("option", { value: id }, name)))),
      act("start", "primary")),
  ];
  const recording = () => [
    p("strong recording", t("trace.recording", { since: moment(now.status.since), sessions: now.status.sessions })),
    dropped(now.status),
    p("", t("trace.recording.hint")),
    el("div", { class: "actions" }, act("stop", "primary"), act("discard")),
  ];
  const done = () => [
    p("", t(now.trace.sessions ? "trace.done" : "trace.nothing", { sessions: now.trace.sessions })),
    dropped(now.trace),
    el("div", { class: "actions" }, act("save", "primary"), act("discard")),
    el("pre", { id: "trace-text", tabindex: 0, role: "group", "aria-label": t("trace") }, now.trace.trace),
  ];

  const open = async () => {
    show();
    await look();
  };
  const clear = () => {
    now = { state: "idle" };
    show();
  };
  return { open, close, clear, show };
}
