// Whether the card is genuine, and which steps said so. Nothing of the card is read or shown for it.
import { $, announce, el, p, sign, waiting } from "./dom.js";
import { t } from "./language.js";
import { attempt } from "./message.js";
import { remedyIn, stepIn } from "./words.js";

const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function verifyPanel(daemon, roster) {
  /** @type {{reader?: string, card?: string, answer?: any}} */
  let now = {};

  const become = (next) => {
    now = next;
    show();
  };
  const clear = () => become({});
  const only = (reader) => now.reader !== reader && clear();

  const verify = (reader) => attempt(async () => {
    const mine = { reader, card: roster.cardIn(reader) };
    become(mine);
    $("verify").scrollIntoView({ block: "nearest" });
    try {
      const answer = await daemon.request("POST", "/v1/verify", { reader, nonce: nonce() });
      if (now !== mine) return; // the card has left, or another verification was begun
      become({ ...mine, answer });
      announce(t(`authenticity:${answer.result}`));
    } catch (problem) {
      if (now !== mine) return;
      clear();
      throw problem;
    }
  });

  const follow = () => {
    if (now.reader && roster.cardIn(now.reader) !== now.card) clear();
  };

  const show = () => {
    const place = $("verify");
    place.hidden = !now.reader;
    place.setAttribute("aria-busy", String(!now.answer));
    place.removeAttribute("data-result");
    if (now.answer) place.setAttribute("data-result", now.answer.result);
    $("verify-content").replaceChildren(...(now.answer ? contentOf(now.answer) : [waiting(t("verify.running"))]));
  };

  return { verify, clear, only, follow, show };
}

function contentOf({ reader, result, method, reason, steps, exchanges, elapsed_ms: ms }) {
  return [
    p("verdict large", sign(result), t(`authenticity:${result}`), method !== "none" && el("span", { class: "small muted" }, t(`method:${method}`))),
    p("", reason && remedyIn(reason)),
    el("ol", { id: "verify-steps" }, (steps ?? []).map((one) => el("li", { "data-step": one.step, "data-result": one.result },
      sign(one.result), el("span", { class: "grow" }, stepIn(one.step)), el("span", { class: "small" }, t(`result:${one.result}`))))),
    p("small muted", reader.name, " · ", t("exchanges", { n: exchanges, ms })),
  ];
}
