// Elements are built and never parsed: what a card, a page or a log says is text, and stays text.
import { drawings } from "./drawings.js";
import { t } from "./language.js";

/** @type {(id: string) => any} */
export const $ = (id) => document.getElementById(id);

/** @type {(act: string) => any} */
export const act = (name) => document.querySelector(`[data-act=${name}]`);

/**
 * An element: el("p.small.muted", { id: "it", onclick }, "text"). Children that are absent or false are left out.
 * @param {string} name @param {...any} rest @returns {any}
 */
export function el(name, ...rest) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  if (rest[0]?.constructor === Object) set(element, rest.shift());
  element.append(...rest.flat().filter((child) => !absent(child)).map(legible));
  return element;
}

/** Gives an element attributes and listeners; what is absent or false it loses. */
export function set(element, properties) {
  for (const [key, value] of Object.entries(properties)) {
    if (absent(value)) element.removeAttribute(key);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
}

const absent = (value) => value === undefined || value === null || value === false;

const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Text without what reorders or hides other text, and would have the clerk read what is not there. */
const legible = (text) => (text instanceof Node ? text : String(text).replace(unseen, "\ufffd"));

const identity = ["id", "name", "value", "data-act", "data-of"];

/**
 * Has a place hold these. What is there already is left alone, with its focus, its scroll position and a press under way; what has
 * listeners is the same by the attributes above.
 */
export function refill(place, ...children) {
  const made = [...el("div", ...children).childNodes];
  for (const [at, node] of made.entries()) {
    /** @type {any} */
    const old = place.childNodes[at];
    if (!old) place.append(node);
    else if (old.isEqualNode(node)) continue;
    else if (!(node instanceof Element) || old.nodeName !== node.nodeName || identity.some((name) => old.getAttribute(name) !== node.getAttribute(name))) old.replaceWith(node);
    else {
      for (const { name } of [...old.attributes, ...node.attributes]) set(old, { [name]: node.getAttribute(name) });
      if (node instanceof HTMLInputElement) old.checked = node.checked;
      refill(old, ...node.childNodes);
    }
  }
  while (place.childNodes.length > made.length) place.lastChild.remove();
}

/** One of the drawings. They say nothing that the text beside them does not. */
export function icon(name) {
  const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
  set(path, { d: drawings[name] });
  set(svg, { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg.append(path);
  return svg;
}

const signs = { passed: "ok", genuine: "ok", failed: "error", not_genuine: "error" };

export const sign = (state) => icon(signs[state] ?? (state in drawings ? state : "info"));

/** A place that is empty. */
export const blank = (drawing, title, hint) => el("div.blank", icon(drawing), el("p.strong", title), hint && el("p.muted", hint));

/** A place in which something is awaited. */
export const waiting = (text, more) => el("div.blank", el("progress", { "aria-label": text }), el("p", text), more && el("p.muted", more));

/**
 * A button, of a reader or an origin if there are more. It takes no second press until the first has done its work, and none of a double
 * click: by then another button may lie under the pointer.
 * @param {string} act @param {any} text @param {() => any} pressed @param {Record<string, any>} [properties]
 */
export function button(act, text, pressed, { of, ...properties } = {}) {
  const onclick = ({ currentTarget, detail }) => detail > 1 || once(currentTarget, pressed);
  return el("button", { type: "button", "data-act": act, "data-of": of, "aria-label": of && t("of", { what: text, name: of }), "aria-disabled": busy.has(keyOf({ dataset: { act, of } })) && "true", onclick, ...properties }, text);
}

const busy = new Set();
/** @type {(control: any) => string} */
const keyOf = ({ dataset: { act, of } }) => `${act} ${of}`;

/** Runs the work of a control, which keeps the focus; by the end another may stand in its place. */
export async function once(control, work) {
  const key = keyOf(control);
  const same = () => [...document.querySelectorAll("button")].filter((each) => keyOf(each) === key);
  if (busy.has(key)) return;
  busy.add(key);
  for (const each of same()) set(each, { "aria-disabled": "true" });
  try {
    await work();
  } finally {
    busy.delete(key);
    for (const each of same()) set(each, { "aria-disabled": false });
  }
}

/** A table in a place of its own that scrolls, with a keyboard too. The head is of keys. */
export function table(name, head, rows) {
  return el("div.scroll", { role: "group", "aria-label": name, tabindex: 0 },
    el("table",
      el("thead", el("tr", head.map((key) => el("th", { scope: "col" }, t(key))))),
      el("tbody", rows)));
}

/** Says it to who cannot see it, though it be what was said before. */
export function announce(text) {
  const place = $("status");
  place.textContent = place.textContent === text ? `${text}\u00a0` : text;
}

/** Does the work now, and again so many ms after it has ended or failed, until it is stopped. */
export function repeatedly(every, work, /** @type {(problem: any) => void} */ failed = () => {}) {
  let timer = 0;
  let runs = 0;
  const start = async () => {
    const mine = ++runs;
    clearTimeout(timer);
    await work().catch(failed);
    if (mine === runs) timer = setTimeout(start, every);
  };
  const stop = () => {
    runs++;
    clearTimeout(timer);
  };
  return { start, stop };
}
