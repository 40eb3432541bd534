// What is wrong with the daemon or around it, in words, above all else.
import { $, el, icon, refill, repeatedly } from "./dom.js";
import { inWords, t } from "./language.js";

const every = 5000;
const nothing = { version: "", problems: [] };

export function healthPanel(daemon) {
  let health = nothing;

  const show = () => {
    $("version").textContent = health.version;
    $("health").setAttribute("aria-label", t("health"));
    refill($("health"), (health.problems ?? []).map(({ subject, code, reader, title, hint, detail }) => el("li.notice.warn", { "data-subject": subject, "data-code": code },
      icon("warn"),
      el("div", el("p.strong", reader && `${reader.name}: `, inWords(title)), el("p", inWords(hint)), el("p.small", detail)))));
  };

  const { start, stop } = repeatedly(every, async () => {
    health = await daemon.request("GET", "/v1/health", undefined, { timeout: every });
    show();
  });

  const clear = () => {
    stop();
    health = nothing;
    show();
  };
  return { refresh: start, clear, show };
}
