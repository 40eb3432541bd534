// Light or dark: as the system has it, until the person wants it otherwise.
import { act, icon } from "./dom.js";
import { t } from "./language.js";

const kept = "theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const ofSystem = () => (system.matches ? "dark" : "light");
const other = (theme) => (theme === "dark" ? "light" : "dark");
const now = () => localStorage.getItem(kept) ?? ofSystem();

export function showTheme() {
  const button = act("theme");
  document.documentElement.setAttribute("data-theme", now());
  button.replaceChildren(icon(other(now())));
  button.setAttribute("title", t(`theme:${other(now())}`));
}

export function startTheme() {
  act("theme").addEventListener("click", () => {
    const wanted = other(now());
    if (wanted === ofSystem()) localStorage.removeItem(kept);
    else localStorage.setItem(kept, wanted);
    showTheme();
  });
  system.addEventListener("change", showTheme);
}
