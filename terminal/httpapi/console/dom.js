// Elements are built and never parsed: what a card, a page or a log says is text, and stays text.
import { drawings } from "./drawings.js";

/** @type {(id: string) => any} */
export const $ = (id) => document.getElementById(id);

/** @type {(act: string) => any} */
export const act = (name) => document.querySelector(`[data-act=${name}]`);

/**
 * An element with attributes, listeners (onclick, …) and children. What is absent or false is left out.
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @param {...any} children
 * @returns {any}
 */
export function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/** @returns {any} a paragraph, of these classes */
export const p = (classes, ...children) => el("p", { class: classes || undefined }, ...children);

/** One of the drawings. They say nothing that the text beside them does not. */
export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  path.setAttribute("d", drawings[name]);
  for (const [key, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" })) svg.setAttribute(key, value);
  svg.append(path);
  return svg;
}

const signs = { passed: "ok", genuine: "ok", failed: "error", not_genuine: "error", not_reached: "dash", unchecked: "info", ok: "ok", warn: "warn", error: "error" };

/** The drawing for a level or a result. */
export const sign = (state) => icon(signs[state] ?? "info");

/** A place with nothing in it but a drawing and what to do. */
export const blank = (drawing, title, hint) => el("div", { class: "blank" }, icon(drawing), p("strong", title), hint && p("muted", hint));

/** A place in which something is awaited. */
export const waiting = (text) => el("div", { class: "blank" }, el("div", { class: "bar-of-work" }), p("", text));

/** A button that takes no second press until what it started has ended. */
export function button(act, text, pressed, properties = {}) {
  return el("button", { type: "button", "data-act": act, onclick: (event) => once(event.currentTarget, pressed), ...properties }, text);
}

/** Runs the work of a control, which keeps the focus meanwhile. */
export async function once(control, work) {
  if (control.hasAttribute("aria-disabled")) return;
  control.setAttribute("aria-disabled", "true");
  await work();
  control.removeAttribute("aria-disabled");
}

/** A table in a place of its own that scrolls, with a keyboard too. */
export function table(name, head, rows) {
  return el("div", { class: "scroll", role: "group", "aria-label": name, tabindex: 0 },
    el("table", { "aria-label": name },
      el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows)));
}

/** Says it to who cannot see it. */
export function announce(text) {
  $("status").textContent = text;
}

/** Does the work now, and again so many ms after it has ended, until it is stopped. */
export function repeatedly(every, work) {
  let timer = 0;
  let runs = 0;
  const start = async () => {
    const mine = ++runs;
    clearTimeout(timer);
    await work();
    if (mine === runs) timer = setTimeout(start, every);
  };
  const stop = () => {
    runs++;
    clearTimeout(timer);
  };
  return { start, stop };
}
