// The language of the page: Chinese or English, from the browser first, and then as it was chosen.
import { kept } from "./storage.js";
import { texts } from "./texts.js";

const chosen = kept("localStorage", "language");
const locales = { zh: "zh-CN", en: "en" };

let current = chosen.get();
if (!(current in locales)) current = navigator.language.startsWith("zh") ? "zh" : "en";

/** The words for a key, with {names} filled in; a code that is newer than the page stands for itself. */
export function t(key, values = {}) {
  const text = texts[key]?.[current === "zh" ? 0 : 1] ?? key.slice(key.indexOf(":") + 1);
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** What the daemon says in both languages, as a sentence begins. */
export function inWords(both, otherwise = "") {
  const text = both?.[current] || otherwise;
  return current === "en" ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/** A name that stands in a sentence, in the order of the language. */
export const list = (names) => names.join(current === "zh" ? "、" : ", ");

export function moment(time) {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString(current === "zh" ? "zh-CN" : "en-GB", today ? { timeStyle: "medium" } : { dateStyle: "short", timeStyle: "medium" });
}

export function otherLanguage() {
  current = current === "zh" ? "en" : "zh";
  chosen.set(current);
}

/** Puts the words into what stands in index.html. */
export function label() {
  document.documentElement.lang = locales[current];
  for (const e of document.querySelectorAll("[data-t]")) e.textContent = t(e.getAttribute("data-t"));
}
