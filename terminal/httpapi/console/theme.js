// Light or dark: as the system has it, until the person wants it otherwise.
import { act, icon, set } from "./dom.js";
import { t } from "./language.js";
import { kept } from "./storage.js";

const chosen = kept("localStorage", "theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const ofSystem = () => (system.matches ? "dark" : "light");
const now = () => chosen.get() ?? ofSystem();

export function showTheme() {
  set(document.documentElement, { "data-theme": now() });
  set(act("theme"), { title: t("theme") });
}

export function startTheme() {
  act("theme").append(icon("theme"));
  set(act("theme"), { onclick: () => {
    const wanted = now() === "dark" ? "light" : "dark";
    chosen.set(wanted === ofSystem() ? null : wanted);
    showTheme();
  } });
  system.addEventListener("change", showTheme);
}
