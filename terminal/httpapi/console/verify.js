// Whether the card is genuine, and which steps said so. Nothing of the card is read or shown for it.
import { $, announce, el, refill, set, sign, waiting } from "./dom.js";
import { Held } from "./held.js";
import { t } from "./language.js";
import { remedyIn, stepIn } from "./words.js";

const nonce = () => Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function verifyPanel(daemon, roster) {
  const show = () => {
    const { state, answer } = held.now;
    set($("verify"), { hidden: state === "empty" || state === "failed", "aria-busy": state === "reading" && "true", "data-result": answer?.result });
    refill($("verify-content"), answer ? contentOf(answer) : waiting(t("verify.running")));
  };
  const held = new Held(roster, show);

  const verify = async (reader) => {
    announce(t("verify.running"));
    const done = held.ask(reader, () => daemon.request("POST", "/v1/verify", { reader, nonce: nonce() }));
    $("verify").scrollIntoView({ block: "nearest" });
    if (await done) announce(t(`authenticity:${held.now.answer.result}`));
  };

  return { verify, clear: held.clear, only: held.only, follow: held.follow, show };
}

/** Of what the code says of a certificate, a person at the counter would make nothing. */
const reasonOf = ({ reason, steps }) => (steps?.some(({ step, result }) => step === "signature" && result === "failed") ? t("verify.signature") : reason && remedyIn(reason));

function contentOf(answer) {
  const { reader, result, method, steps, exchanges, elapsed_ms: ms } = answer;
  return [
    el("p.verdict.large", sign(result), t(`authenticity:${result}`), method !== "none" && el("span.small.muted", t(`method:${method}`))),
    el("p", reasonOf(answer)),
    el("ol", { id: "verify-steps" }, (steps ?? []).map(({ step, result }) => el("li", { "data-step": step, "data-result": result },
      sign(result), el("div.grow", stepIn(step), step === "revocation" && result === "unchecked" && el("div.small.muted", t("verify.revocation"))), el("span.small", t(`result:${result}`))))),
    el("p.small.muted", reader.name, " · ", t("exchanges", { n: exchanges, ms })),
  ];
}
