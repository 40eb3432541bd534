// Tabs as the ARIA practices have them: arrow keys, Home and End go from one to the next, Tab goes into the panel.

/** @param {(name: string) => void} opened is told the name of the tab that is open now */
export function startTabs(opened) {
  /** @type {any[]} */
  const tabs = [...document.querySelectorAll("[role=tab]")];
  const nameOf = (tab) => tab.id.slice("tab-".length);
  const panelOf = (tab) => document.getElementById(`panel-${nameOf(tab)}`);
  let current = tabs[0];

  const open = (tab) => {
    current = tab;
    for (const each of tabs) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
      panelOf(each).hidden = each !== tab;
    }
    opened(nameOf(tab));
  };

  for (const [at, tab] of tabs.entries()) {
    tab.setAttribute("aria-controls", panelOf(tab).id);
    panelOf(tab).setAttribute("role", "tabpanel");
    panelOf(tab).setAttribute("aria-labelledby", tab.id);
    panelOf(tab).tabIndex = 0;
    tab.addEventListener("click", () => open(tab));
    tab.addEventListener("keydown", (event) => {
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      const target = tabs.at(next % tabs.length);
      target.focus();
      open(target);
    });
  }
  open(current);
  return { first: () => open(tabs[0]), again: () => open(current) };
}
