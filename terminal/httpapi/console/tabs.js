// Tabs as the ARIA practices have them: arrow keys, Home and End go from one to the next, Tab goes into the panel.
import { $, set } from "./dom.js";

/** opened is told the name of the tab that is open now. */
export function startTabs(opened) {
  const tabs = /** @type {any[]} */ ([...document.querySelectorAll("[role=tab]")]);
  const nameOf = (tab) => tab.id.slice("tab-".length);
  const panelOf = (tab) => $(`panel-${nameOf(tab)}`);
  let current = tabs[0];

  const open = (tab) => {
    current = tab;
    for (const each of tabs) {
      set(each, { "aria-selected": String(each === tab), tabindex: each === tab ? 0 : -1 });
      set(panelOf(each), { hidden: each !== tab });
    }
    opened(nameOf(tab));
  };

  for (const [at, tab] of tabs.entries()) {
    set(panelOf(tab), { role: "tabpanel", "aria-labelledby": tab.id, tabindex: 0 });
    set(tab, { "aria-controls": panelOf(tab).id, onclick: () => open(tab), onkeydown: (event) => {
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      const target = tabs.at(next % tabs.length);
      target.focus();
      open(target);
    } });
  }
  open(current);
  return { first: () => open(tabs[0]), again: () => open(current) };
}
