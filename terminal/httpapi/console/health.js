// What is wrong with the daemon or around it, in words, above all else.
import { $, el, icon, p, repeatedly } from "./dom.js";
import { inWords } from "./language.js";

const every = 5000;
const nothing = { version: "", problems: [] };

export function healthPanel(daemon) {
  let health = nothing;
  let said = ""; // unchanged words are not said again

  const show = () => {
    const lines = (health.problems ?? []).map(({ subject, code, reader, title, hint, detail }) => el("li", { class: "notice warn", "data-subject": subject, "data-code": code },
      icon("warn"),
      el("div", {}, p("strong", reader ? `${reader.name}: ` : "", inWords(title)), p("", inWords(hint)), p("small", detail ?? ""))));
    const words = lines.map((line) => line.textContent).join();
    $("version").textContent = health.version;
    if (words === said) return;
    said = words;
    $("health").replaceChildren(...lines);
  };

  const { start, stop } = repeatedly(every, async () => {
    try {
      health = await daemon.request("GET", "/v1/health", undefined, { timeout: every });
      show();
    } catch { /* the state of the daemon tells of it */ }
  });

  const clear = () => {
    stop();
    health = nothing;
    show();
  };
  return { refresh: start, clear, show };
}
