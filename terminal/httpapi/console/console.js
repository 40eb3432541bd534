// The page of the daemon: which readers there are, and what the card in one of them says.
// A one-time code comes in the address behind #code=. The session that the page gets for it never leaves this tab.
const $ = (id) => document.getElementById(id);

async function signIn(code) {
  const answer = await fetch("/v1/console/session", { method: "POST", body: JSON.stringify({ code }) });
  const document = await answer.json();
  if (!answer.ok) throw document;
  sessionStorage.setItem("secret", document.session);
}

const given = new URLSearchParams(location.hash.slice(1)).get("code");
if (given) {
  history.replaceState(null, "", "/");
  await signIn(given).catch(tell);
}

async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: { Authorization: `Bearer ${sessionStorage.getItem("secret") ?? ""}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const document = await answer.json();
  if (!answer.ok) throw document;
  return document;
}

function element(name, text, className) {
  const e = document.createElement(name);
  e.textContent = text;
  if (className) e.className = className;
  return e;
}

function tell(problem) {
  $("message").textContent = problem?.hint ? `${problem.hint.zh} ${problem.hint.en} (${problem.code})` : String(problem);
  if (problem?.code === "request.unauthorized") $("token-form").hidden = false;
}

async function showReaders() {
  const health = await (await fetch("/v1/health")).json();
  const bad = health.status !== "ok";
  $("status").textContent = bad ? health.problems.map((p) => `${p.title.zh}：${p.hint.zh} ${p.title.en}: ${p.hint.en}`).join(" · ") : `sscard ${health.version}`;
  $("status").className = bad ? "bad" : "";
  const { readers } = await call("GET", "/v1/readers");
  $("readers").replaceChildren(...readers.map((r) => {
    const line = document.createElement("li");
    line.append(element("span", `${r.name} · ${r.interface}${r.role === "sam" ? " · SAM" : ""}`));
    if (r.card && r.role === "card") {
      const button = element("button", "读卡 · Read");
      button.onclick = () => read(r).catch(tell);
      line.append(button);
    } else {
      line.append(r.card ? r.card.atr : "无卡 · empty");
    }
    return line;
  }));
}

async function read(reader) {
  $("message").textContent = "";
  $("card").replaceChildren();
  const d = await call("POST", "/v1/read", { reader: reader.id });
  const row = (name, value, className) => $("card").append(element("dt", name), element("dd", value, className));
  row("generation", `${d.generation}.0 · ${d.interface} · ${d.algorithm} · ${d.region_code ?? ""}`);
  for (const group of ["issuer", "holder", "local"])
    for (const [name, value] of Object.entries(d[group] ?? {})) row(`${group}.${name}`, value);
  for (const m of d.missing) row(m.field, m.reason, "missing");
  for (const w of d.warnings) row(w.field, `⚠ ${w.code}`, "missing");
  row("authenticity", `${d.authenticity.method} · ${d.authenticity.result}`);
  row("exchanges", `${d.exchanges} · ${d.elapsed_ms} ms`);
}

// The holder's PIN goes from here to the daemon, and is kept nowhere.
const prompts = { current: "请输入 PIN · Enter the PIN", new: "请输入新 PIN · Enter the new PIN", repeat: "请再次输入新 PIN · Repeat the new PIN" };
let prompt;

async function showPrompt() {
  const waiting = (await call("GET", "/v1/pin")).prompts[0];
  if (waiting?.id === prompt?.id) return;
  prompt = waiting;
  $("pin-form").hidden = !prompt;
  $("pin").value = "";
  if (!prompt) return;
  $("pin-label").textContent = prompts[prompt.prompt];
  $("pin").focus();
}

async function answerPrompt(answer) {
  const path = `/v1/pin/${prompt.id}`;
  $("pin").value = "";
  const done = await fetch(path, { method: "POST", headers: { Authorization: `Bearer ${sessionStorage.getItem("secret")}` }, body: JSON.stringify(answer) });
  if (!done.ok) throw await done.json();
  await showPrompt();
}

$("pin-form").onsubmit = (event) => {
  event.preventDefault();
  answerPrompt({ pin: $("pin").value }).catch(tell);
};
$("pin-cancel").onclick = () => answerPrompt({ cancel: true }).catch(tell);

// What is typed is a code, or else the token itself.
$("token-form").onsubmit = async (event) => {
  event.preventDefault();
  await signIn($("token").value).catch(() => sessionStorage.setItem("secret", $("token").value));
  $("token-form").hidden = true;
  $("message").textContent = "";
  showReaders().catch(tell);
};

showReaders().catch(tell);
setInterval(() => document.hidden || $("token-form").hidden && Promise.all([showReaders(), showPrompt()]).catch(tell), 2000);
