// Light or dark: as the system has it, until the person wants it otherwise.
import { act, icon } from "./dom.js";
import { t } from "./language.js";
import { kept } from "./storage.js";

const chosen = kept("localStorage", "theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const ofSystem = () => (system.matches ? "dark" : "light");
const other = (theme) => (theme === "dark" ? "light" : "dark");
const now = () => chosen.get() ?? ofSystem();

export function showTheme() {
  const button = act("theme");
  document.documentElement.setAttribute("data-theme", now());
  button.replaceChildren(icon("theme"));
  button.setAttribute("title", t(`theme:${other(now())}`));
}

export function startTheme() {
  act("theme").addEventListener("click", () => {
    const wanted = other(now());
    chosen.set(wanted === ofSystem() ? null : wanted);
    showTheme();
  });
  system.addEventListener("change", showTheme);
}
