// A counter's page: what is in the card is in the form as soon as the card is put in, and gone when it is taken out.
import { ConnectionError, SscardError, Terminal } from "../../../clients/js/sscard.js";

const $ = (id) => document.getElementById(id);
const form = $("patient");
const terminal = new Terminal({ url: document.querySelector("meta[name=terminal]").content });

let stop; // ends the listening; undefined while there is none
let again; // the timer of the next attempt
let latest; // the attempt to connect that counts
let words; // labels of fields, codes and warnings
let current; // the card in the form: {card, reader, ended}
let lost; // what was in it when the connection broke

// Connecting. Without a click nothing makes the browser ask the person: first the page explains, in #state.

async function begin(ask) {
  clearTimeout(again);
  if (ask) say($("state"), { zh: "浏览器可能询问是否允许本页访问本机，请选择“允许”。", en: "The browser may ask whether this page may reach this device: choose Allow." });
  const mine = (latest = {});
  const found = await terminal.probe({ ask });
  if (mine !== latest) return; // somebody has pressed Connect meanwhile
  showState(found);
  if (found.state !== "ready") {
    again = setTimeout(begin, 5000); // it may have been started, or this site allowed, meanwhile
    return;
  }
  words ??= await terminal.words().catch(() => undefined);
  stop = terminal.watch(told, changed);
}

function changed(state, error) {
  if (state === "open") {
    showState({ state: "ready", hint: { zh: "已就绪：插卡（或将卡放在感应区）即填表，取卡即清空。", en: "Ready: the form is filled when a card is put in, and cleared when it is taken out." } });
    if (lost) fill(lost.card, lost.reader); // if it has left meanwhile, the next event says so
    lost = undefined;
  }
  if (state === "waiting") {
    lost ??= current;
    clear(); // nobody would say that the card has left
    showState({ state: "absent", hint: { zh: "读卡服务没有应答，正在重新连接……", en: "The card service does not answer; connecting again…" } });
  }
  if (state === "closed") {
    stop = lost = undefined;
    clear();
    if (!(error instanceof ConnectionError)) throw error;
    showState(error);
    again = setTimeout(begin, 5000);
  }
}

function showState({ state, hint }) {
  $("state").dataset.state = state;
  say($("state"), hint);
  $("connect").hidden = state === "ready" || !!stop; // it connects again by itself
}

// Cards. A card with two interfaces is told of twice, the second time with `also`: `card` is the same.

function told(event) {
  if (event.type === "snapshot") {
    const there = event.readers.filter((reader) => reader.role === "card" && reader.card);
    if (current && !there.some((reader) => reader.card.card === current.card)) clear();
    if (!current && there.length) fill(there[0].card.card, there[0].id);
  }
  if (event.role !== "card" || event.also) return;
  if (event.type === "card.inserted") fill(event.card, event.reader.id);
  if (event.type === "card.removed" && event.card === current?.card) clear();
}

async function fill(card, reader) {
  clear();
  const { signal } = (current = { card, reader, ended: new AbortController() }).ended;
  try {
    const { issuer, holder, missing, warnings } = await terminal.read({ reader, signal });
    for (const [name, value] of Object.entries({ ...issuer, ...holder })) if (name in form.elements) form.elements[name].value = value;
    $("notes").replaceChildren(
      ...missing.map(({ field, reason }) => note(label(field), words?.codes[reason]?.hint ?? both(reason))),
      ...warnings.map(({ field, code }) => note(label(field), words?.warnings[code] ?? both(code))),
    );
    $("verify").disabled = false;
  } catch (error) {
    if (!signal.aborted) showError(error);
  }
}

function clear() {
  current?.ended.abort();
  current = undefined;
  form.reset();
  $("notes").replaceChildren();
  $("verify").disabled = true;
  for (const id of ["message", "authenticity"]) {
    $(id).replaceChildren();
    delete $(id).dataset.code;
    delete $(id).dataset.result;
  }
}

const results = {
  genuine: { zh: "真卡", en: "genuine" },
  not_genuine: { zh: "验证未通过，请勿采信此卡", en: "not genuine: do not trust this card" },
  unchecked: { zh: "无法验证", en: "could not be checked" },
};

async function verify() {
  // A real page gets the nonce from its back end and sends it `evidence`, which the back end checks by itself: what is
  // decided here could be forged by who has the browser.
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(32)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const { reader, ended } = current;
  const { signal } = ended;
  $("verify").disabled = true;
  try {
    const { result, reason } = await terminal.verify({ reader, nonce, signal });
    const why = words?.codes[reason]?.title;
    $("authenticity").dataset.result = result;
    say($("authenticity"), why ? { zh: `${results[result].zh}：${why.zh}`, en: `${results[result].en}: ${why.en}` } : results[result]);
  } catch (error) {
    if (!signal.aborted) showError(error);
  } finally {
    $("verify").disabled = signal.aborted;
  }
}

function showError(error) {
  if (!(error instanceof SscardError || error instanceof ConnectionError)) throw error;
  $("message").dataset.code = error.code ?? error.state;
  say($("message"), error.hint);
}

// Words. Each text stands in the page in both languages, and the style shows one. Text of a card is never taken for HTML.

const both = (text) => ({ zh: text, en: text });
const label = (field) => words?.fields[field]?.label ?? words?.groups[field] ?? both(field);

function say(element, { zh, en }) {
  element.replaceChildren(span("zh-CN", zh), span("en", en));
}

function span(lang, text) {
  return Object.assign(document.createElement("span"), { lang, textContent: text });
}

function note(field, text) {
  const item = document.createElement("li");
  say(item, { zh: `${field.zh}：${text.zh}`, en: `${field.en}: ${text.en}` });
  return item;
}

$("language").onclick = () => {
  document.documentElement.lang = document.documentElement.lang === "en" ? "zh-CN" : "en";
};
$("connect").onclick = () => begin(true);
$("verify").onclick = verify;
form.onsubmit = (event) => event.preventDefault(); // a real page sends it to its own server
begin();
