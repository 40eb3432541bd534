// What went wrong, in words and with what to do about it.
import { $, button, el, icon, set } from "./dom.js";
import { inWords, t } from "./language.js";
import { meaningOf } from "./words.js";

let shown;

/** Shows a problem of the daemon or one with a key of ours, that there was no answer, or nothing. */
export function tell(problem) {
  if (problem?.code === "request.unauthorized" && !problem.key) return; // the form to sign in says it
  if (problem && shown && shown.code === problem.code && shown.detail === problem.detail) return; // it is not said again and again
  shown = problem;
  showMessage();
}

export const untell = (problem) => problem === shown && tell(undefined);

/** Shows it however far the page is scrolled. */
export function tellInSight(problem) {
  tell(problem);
  $("message").scrollIntoView({ block: "nearest" });
}

/** Does what a person asked for, and shows why if it cannot be done. */
export async function attempt(work) {
  tell(undefined);
  try {
    return await work();
  } catch (problem) {
    tellInSight(problem);
  }
}

/** What a problem has to say, and what to do. */
export function explained({ code, key, hint }) {
  if (key) return [t(key)];
  if (!code) return [t("unreachable"), t("unreachable.hint")];
  const meaning = meaningOf(code);
  return [inWords(meaning?.title, t("problem")), inWords(hint ?? meaning?.hint)];
}

function dismiss() {
  tell(undefined);
  ($("app").hidden ? $("secret") : $("app").querySelector("[aria-selected=true]")).focus();
}

export function showMessage() {
  set($("message"), { "data-code": shown && (shown.code ?? "") });
  $("message").replaceChildren();
  if (!shown) return;
  const [title, hint] = explained(shown);
  const reference = [shown.code, shown.sw && `SW ${shown.sw}`, shown.requestId].filter(Boolean).join(" · ");
  $("message").append(el("div.notice.bad", icon("error"),
    el("div.grow", el("p.strong", title), el("p", hint), el("p.small", shown.detail), el("p.small", el("code", reference))),
    button("dismiss", icon("close"), dismiss, { class: "plain", "aria-label": t("dismiss") })));
}
