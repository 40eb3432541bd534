// What went wrong, in words and with what to do about it.
import { $, el, icon, p } from "./dom.js";
import { inWords, t } from "./language.js";
import { meaningOf } from "./words.js";

let shown;

/** Shows a problem of the daemon, one with a key of ours, or that there was no answer; or nothing more. */
export function tell(problem) {
  if (problem?.code === "request.unauthorized" && !problem.key) return; // the form to sign in says it
  if (problem && shown && shown.code === problem.code && shown.detail === problem.detail) return; // it is not said again and again
  shown = problem;
  showMessage();
}

/** Does what a person asked for, and shows why if it cannot be done. */
export async function attempt(work) {
  tell(undefined);
  try {
    await work();
  } catch (problem) {
    tell(problem);
  }
}

/** What a problem has to say. */
export function explained({ code, key, hint }) {
  if (key) return { title: t(key), hint: "" };
  if (!code) return { title: t("unreachable"), hint: t("unreachable.hint") };
  const meaning = meaningOf(code);
  return { title: inWords(meaning?.title, t("problem")), hint: inWords(hint ?? meaning?.hint) };
}

export function showMessage() {
  const place = $("message");
  place.toggleAttribute("data-code", !!shown);
  place.replaceChildren();
  if (!shown) return;
  place.setAttribute("data-code", shown.code ?? "");
  const { title, hint } = explained(shown);
  const reference = [shown.code, shown.sw && `SW ${shown.sw}`, shown.requestId].filter(Boolean).join(" · ");
  place.append(el("div", { class: "notice bad" }, icon("error"),
    el("div", { class: "grow" }, p("strong", title), p("", hint), p("small", shown.detail ?? ""), p("small", el("code", {}, reference))),
    el("button", { type: "button", class: "plain", "data-act": "dismiss", "aria-label": t("dismiss"), onclick: () => tell(undefined) }, icon("close"))));
}
