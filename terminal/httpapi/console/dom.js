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
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false).map(legible));
  return element;
}

const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Text without what reorders or hides other text: a card or a page would have the clerk read what is not there. */
export const legible = (text) => (text instanceof Node ? text : String(text).replace(unseen, "\ufffd"));

const identity = ["id", "name", "value", "data-act", "data-of"];

/**
 * Has a place hold these, and leaves alone what is there already, with its focus, its scroll position and a press under way. What has
 * listeners is taken for the same by the attributes above.
 */
export function refill(place, ...children) {
  const made = [...el("div", {}, ...children).childNodes];
  for (const [at, node] of made.entries()) {
    /** @type {any} */
    const old = place.childNodes[at];
    if (!old) place.append(node);
    else if (old.isEqualNode(node)) continue;
    else if (!(node instanceof Element) || old.nodeName !== node.nodeName || identity.some((name) => old.getAttribute(name) !== node.getAttribute(name))) old.replaceWith(node);
    else {
      for (const { name } of [...old.attributes]) if (!node.hasAttribute(name)) old.removeAttribute(name);
      for (const { name, value } of node.attributes) old.setAttribute(name, value);
      if (node instanceof HTMLInputElement) old.checked = node.checked;
      refill(old, ...node.childNodes);
    }
  }
  while (place.childNodes.length > made.length) place.lastChild.remove();
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

/**
 * A button, for what if there are more. It takes no second press until what the first started has ended, and none of a double click: by
 * then another button may lie under the pointer.
 * @param {string} act @param {any} text @param {() => any} pressed @param {Record<string, any>} [properties]
 */
export function button(act, text, pressed, { of, ...properties } = {}) {
  const onclick = ({ currentTarget, detail }) => detail > 1 || once(currentTarget, pressed);
  const made = el("button", { type: "button", "data-act": act, "data-of": of, onclick, ...properties }, text);
  if (busy.has(keyOf(made))) made.setAttribute("aria-disabled", "true");
  return made;
}

const busy = new Set();
/** @type {(control: any) => string} */
const keyOf = ({ dataset: { act, of } }) => `${act} ${of}`;

/** Runs the work of a control, which keeps the focus meanwhile. By the end another control may stand in its place. */
export async function once(control, work) {
  const key = keyOf(control);
  const same = () => [...document.querySelectorAll("button")].filter((each) => keyOf(each) === key);
  if (busy.has(key)) return;
  busy.add(key);
  for (const each of same()) each.setAttribute("aria-disabled", "true");
  await work();
  busy.delete(key);
  for (const each of same()) each.removeAttribute("aria-disabled");
}

/** A table in a place of its own that scrolls, with a keyboard too. */
export function table(name, head, rows) {
  return el("div", { class: "scroll", role: "group", "aria-label": name, tabindex: 0 },
    el("table", { "aria-label": name },
      el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows)));
}

/** Says it to who cannot see it, though it be what was said before. */
export function announce(text) {
  const place = $("status");
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
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
