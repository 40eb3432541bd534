// Records what is said to a card, for who mends: redacted by the daemon before it gets here.
import { $, announce, button, el, refill, repeatedly, set } from "./dom.js";
import { moment, t } from "./language.js";
import { attempt, tell } from "./message.js";
import { kept } from "./storage.js";

const every = 2000;

export function tracePanel(daemon, roster) {
  /** @type {any} */
  let now = { state: "idle" };
  const own = kept("sessionStorage", "trace"); // since when this tab records: what others record is theirs
  const isOwn = () => own.get() === now.status.since;

  const become = (next) => {
    const other = next.state !== now.state;
    now = next;
    show();
    if (!other) return;
    announce($("trace-content").querySelector("p").textContent);
    $("trace-content").querySelector("button").focus();
  };

  // Goes on while something is recorded, whatever tab is open.
  const { start: look, stop } = repeatedly(every, async () => {
    if (daemon.state !== "ready") return stop();
    const status = await daemon.request("GET", "/v1/trace");
    if (status.recording && now.state !== "done") become({ state: "recording", status });
    else if (now.state === "recording") await (status.sessions && isOwn() ? acts.stop() : become({ state: "idle" })); // over by itself
    if (now.state !== "recording" && $("panel-trace").hidden) stop();
  }, tell);

  const acts = {
    start: async () => {
      const reader = $("trace-reader").value;
      const status = await daemon.request("POST", "/v1/trace", reader ? { reader } : {});
      own.set(status.since);
      become({ state: "recording", status });
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
  const act = (name, style) => button(`trace-${name}`, t(`trace.${name}`), async () => {
    stop(); // an answer under way is no news
    await attempt(acts[name]);
    await look();
  }, { class: style });

  const show = () => {
    const reader = $("trace-reader")?.value ?? "";
    const on = now.state === "recording";
    set($("trace"), { "data-state": now.state });
    set($("tab-trace"), { class: on && "recording", title: on && t("trace.on") });
    refill($("trace-content"), { idle, recording, done }[now.state]());
    if (now.state !== "idle") return;
    $("trace-reader").value = reader; // options that are added change it
    if ($("trace-reader").selectedIndex < 0) $("trace-reader").value = ""; // that reader is gone
  };

  const dropped = ({ dropped: n }) => (n ? el("p.caution", t("trace.dropped", { n })) : "");
  const idle = () => [
    el("p", t("trace.idle")),
    el("div.actions",
      el("label", t("trace.reader"), " ", el("select", { id: "trace-reader" }, el("option", { value: "" }, t("all")), roster.all().map(({ id, name }) => el("option", { value: id }, name)))),
      act("start", "primary")),
  ];
  const recording = () => [
    el("p.strong.recording", t("trace.recording", { since: moment(now.status.since), sessions: now.status.sessions })),
    dropped(now.status),
    el("p", t("trace.recording.hint")),
    el("div.actions", act("stop", "primary"), act("discard")),
  ];
  const done = () => [
    el("p", t(now.trace.sessions ? "trace.done" : "trace.nothing", { sessions: now.trace.sessions })),
    dropped(now.trace),
    el("div.actions", act("save", "primary"), act("discard")),
    el("pre.scroll", { id: "trace-text", tabindex: 0, role: "group", "aria-label": t("trace") }, now.trace.trace),
  ];

  const open = () => {
    show();
    look();
  };
  /** What is recorded goes with who records it. */
  const leave = async () => now.state === "recording" && isOwn() && daemon.request("DELETE", "/v1/trace");
  const clear = () => {
    now = { state: "idle" };
    show();
  };
  return { open, close: () => {}, look, leave, clear, show };
}
