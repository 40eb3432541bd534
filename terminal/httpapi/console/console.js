// Puts the parts of the page together.
import { cardPanel } from "./card.js";
import { Daemon } from "./daemon.js";
import { $, act, el, refill, set } from "./dom.js";
import { healthPanel } from "./health.js";
import { label, otherLanguage, t } from "./language.js";
import { logPanel } from "./log.js";
import { showMessage, tell } from "./message.js";
import { originsPanel } from "./origins.js";
import { pinDialog } from "./pin.js";
import { readersPanel } from "./readers.js";
import { Roster } from "./roster.js";
import { selftestPanel } from "./selftest.js";
import { startSignIn } from "./signin.js";
import { startTabs } from "./tabs.js";
import { showTheme, startTheme } from "./theme.js";
import { tracePanel } from "./trace.js";
import { verifyPanel } from "./verify.js";
import { fetchWords } from "./words.js";

const roster = new Roster();
const daemon = new Daemon(changed, heard);
const card = cardPanel(daemon, roster);
const verify = verifyPanel(daemon, roster);
// One reader at a time: else the proof of one card would stand above another's holder.
const readers = readersPanel(roster, {
  read: (reader) => (verify.only(reader), card.read(reader)),
  verify: (reader) => (card.only(reader), verify.verify(reader)),
});
const health = healthPanel(daemon);
const selftest = selftestPanel(daemon);
const pin = pinDialog(daemon);
// Those that ask the daemon while their tab is open.
const tabbed = { origins: originsPanel(daemon), log: logPanel(daemon), trace: tracePanel(daemon, roster) };
const tabs = startTabs(opened);

function opened(name) {
  for (const panel of Object.values(tabbed)) panel.close();
  if (daemon.state === "ready") tabbed[name]?.open();
}

function heard(event) {
  roster.take(event);
  readers.heard(event);
  card.follow();
  verify.follow();
  if (event.type.startsWith("service.") || event.type === "snapshot") health.refresh();
}

/** Nothing of a person stays in sight when nobody says any more whether the card is there. */
function forget() {
  roster.clear();
  card.clear();
  verify.clear();
  readers.show();
  health.clear();
  pin.stop();
  for (const panel of Object.values(tabbed)) panel.close();
}

async function changed(state, ended) {
  document.body.setAttribute("data-state", state);
  const typed = $("signin").contains(document.activeElement);
  $("signin").hidden = state !== "signin";
  $("app").hidden = state === "signin";
  showState();
  act("signout").hidden = state === "signin";
  $("signin-ended").hidden = !ended;
  if (state !== "signin" || ended) tell(undefined);
  if (state !== "ready") forget();
  if (state === "signin") {
    selftest.clear();
    for (const panel of Object.values(tabbed)) panel.clear();
    tabs.first();
    $("secret").focus();
  }
  if (state !== "ready") return;
  if (typed) $("tab-counter").focus();
  pin.follow();
  health.refresh();
  tabs.again();
  tabbed.trace.look();
  await fetchWords(daemon).catch(tell);
  showAll();
}

function showState() {
  $("connection").textContent = daemon.state && t(`connection:${daemon.state}`);
  refill($("lost"), daemon.state === "lost" && el("div", el("p.strong", t("card.lost", { why: t("unreachable") })), el("p", t("unreachable.hint"))));
}

function showAll() {
  label();
  document.title = `sscard · ${t("product")}`;
  showTheme();
  showMessage();
  showState();
  for (const panel of [readers, card, verify, health, selftest, pin, ...Object.values(tabbed)]) panel.show();
}

set(act("lang"), { onclick: () => {
  otherLanguage();
  showAll();
} });
addEventListener("pagehide", forget);
addEventListener("pageshow", (event) => event.persisted && location.reload());

startTheme();
showAll();
startSignIn(daemon, tabbed.trace.leave);
