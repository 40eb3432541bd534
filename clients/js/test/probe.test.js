import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionError, Terminal } from "../sscard.js";
import { PROBE, failed, fakeClock, fakeFetch, json, never, page, problem, settle } from "./fakes.js";

const ok = json(200, PROBE);
const program = json(200, { ...PROBE, origin: undefined });
const version = json(200, { version: "0.1.0", api: "1" });

/** Chromium's answers to a page that it keeps from this machine, by what came before. */
const rows = [
  { name: "a browser that has no such permission", answers: { "/v1/probe": ok }, state: "ready" },
  { name: "nobody listens there", answers: { "/v1/probe": failed }, state: "absent" },
  { name: "another program listens", answers: { "/v1/probe": json(200, { hello: "world" }) }, state: "absent" },
  { name: "another program without JSON", answers: { "/v1/probe": { ok: true, status: 200, text: async () => "<html>" } }, state: "absent" },
  { name: "another program that knows no path", answers: { "/v1/probe": { ok: false, status: 404, text: async () => "no" } }, state: "absent" },
  { name: "granted", permission: "granted", answers: { "/v1/probe": ok }, state: "ready" },
  { name: "granted, nobody listens", permission: "granted", answers: { "/v1/probe": failed }, state: "absent" },
  { name: "denied", permission: "denied", answers: { "/v1/probe": failed }, state: "permission_denied" },
  { name: "not asked yet", permission: "prompt", answers: { "/v1/probe": ok }, state: "permission_asked", asked: 0 },
  { name: "the page asks, the person allows", permission: "prompt", after: "granted", ask: true, answers: { "/v1/probe": ok }, state: "ready" },
  { name: "the page asks, the person says no", permission: "prompt", after: "denied", ask: true, answers: { "/v1/probe": failed }, state: "permission_denied" },
  { name: "the page asks, the person closes the question", permission: "prompt", ask: true, answers: { "/v1/probe": failed }, state: "permission_asked" },
  { name: "the page asks, the person allows, nobody listens", permission: "prompt", after: "granted", ask: true, answers: { "/v1/probe": failed }, state: "absent" },
  { name: "Chromium 142 to 144, not asked yet", names: ["local-network-access"], permission: "prompt", answers: {}, state: "permission_asked", asked: 0 },
  { name: "Chromium 142 to 144, denied", names: ["local-network-access"], permission: "denied", answers: { "/v1/probe": failed }, state: "permission_denied" },
  { name: "in a frame without allow=", permission: "denied", policy: { "loopback-network": false }, answers: { "/v1/probe": failed }, state: "permission_blocked" },
  { name: "denied by the person in a frame that may", permission: "denied", policy: { "loopback-network": true }, answers: { "/v1/probe": failed }, state: "permission_denied" },
  { name: "in a frame, a browser that has no such feature", permission: "denied", policy: { camera: false }, answers: { "/v1/probe": failed }, state: "permission_denied" },
  { name: "a page on http:", url: "http://hall.example/", secure: false, permission: "denied", answers: { "/v1/probe": failed }, state: "insecure" },
  { name: "a page on http: in a browser that lets it", url: "http://10.0.0.8/", secure: false, answers: { "/v1/probe": ok }, state: "ready" },
  { name: "a page of this machine is not asked about", url: "http://localhost:8080/", permission: "prompt", answers: { "/v1/probe": ok }, state: "ready" },
  { name: "a page of this machine, nobody listens", url: "http://127.0.0.1:8080/", permission: "prompt", answers: { "/v1/probe": failed }, state: "absent" },
  { name: "a page on http: whose browser does not tell, nobody listens", url: "http://10.0.0.8/", secure: false, answers: { "/v1/probe": failed }, state: "insecure", hint: /没有应答.*https/ },
  { name: "a frame without an address", url: "about:srcdoc", origin: "https://hall.example", permission: "prompt", answers: {}, state: "permission_asked", asked: 0 },
  { name: "a frame without an address, of a page with a port", url: "about:srcdoc", origin: "https://hall.example:8443", permission: "prompt", answers: {}, state: "permission_asked", asked: 0 },
  { name: "a sandboxed frame", url: "data:text/html,", permission: "prompt", answers: {}, state: "permission_asked", asked: 0 },
  { name: "a worker of a page's own text", url: "blob:https://hall.example/1", origin: "https://hall.example", permission: "prompt", answers: {}, state: "permission_asked", asked: 0 },
  { name: "a frame without an address, of a page of this machine", url: "about:srcdoc", origin: "http://[::1]:8080", permission: "prompt", answers: { "/v1/probe": ok }, state: "ready" },
  { name: "a file of this machine", url: "file:///srv/counter.html", permission: "prompt", answers: { "/v1/probe": ok }, state: "ready" },
  { name: "the site is not allowed", answers: { "/v1/probe": problem(403, "request.origin_denied") }, state: "origin_denied" },
  { name: "a daemon before /v1/probe", answers: {}, state: "too_old" },
  { name: "a daemon of another API", answers: { "/v1/probe": json(200, { ...PROBE, api: "2" }) }, state: "too_old" },
  { name: "an older daemon", atLeast: "0.2.0", answers: { "/v1/probe": ok }, state: "too_old" },
  { name: "a newer daemon", atLeast: "0.2.0", answers: { "/v1/probe": json(200, { ...PROBE, version: "0.10.0" }) }, state: "ready" },
  { name: "the very version", atLeast: "0.2", answers: { "/v1/probe": json(200, { ...PROBE, version: "0.2.0-rc1" }) }, state: "ready" },
  { name: "a daemon that is busy", answers: { "/v1/probe": problem(429, "request.rate_limited") }, state: "absent", hint: /提示/ },
  { name: "the daemon's page without a session", url: "http://127.0.0.1:17420/", answers: { "/v1/probe": json(200, { ...PROBE, origin: "http://127.0.0.1:17420" }), "/v1/version": problem(401, "request.unauthorized") }, state: "unauthorized" },
  { name: "the daemon's page with a session", url: "http://127.0.0.1:17420/", token: "secret", answers: { "/v1/probe": json(200, { ...PROBE, origin: "http://127.0.0.1:17420" }), "/v1/version": version }, state: "ready", asked: 2 },
  { name: "a program without a token", url: false, answers: { "/v1/probe": program, "/v1/version": problem(401, "request.unauthorized") }, state: "unauthorized" },
  { name: "a program with the token", url: false, token: "secret", answers: { "/v1/probe": program, "/v1/version": version }, state: "ready", asked: 2 },
  { name: "a page with a wrong token", token: "wrong", answers: { "/v1/probe": ok, "/v1/version": problem(401, "request.unauthorized") }, state: "unauthorized" },
];

for (const row of rows) {
  test(`probe: ${row.name}`, async (t) => {
    const browser = row.url === false ? {} : page(t, row);
    const { fetch, calls } = fakeFetch(row.answers);
    const answer = async (url, init) => {
      browser.permission = row.after ?? browser.permission;
      return fetch(url, init);
    };
    const terminal = new Terminal({ fetch: answer, token: row.token, atLeast: row.atLeast });
    const found = await terminal.probe({ ask: row.ask });
    assert.equal(found.state, row.state);
    assert.ok(found.hint.zh && found.hint.en);
    if (row.hint) assert.match(found.hint.zh, row.hint);
    if (row.asked !== undefined) assert.equal(calls.length, row.asked);
    for (const call of calls) {
      assert.equal(call.cache, "no-store");
      assert.equal(call.credentials, "omit");
      assert.deepEqual(call.headers, row.token ? { Authorization: `Bearer ${row.token}` } : {}, "nothing that wants a preflight");
    }
    if (row.state === "ready" || row.ask) return;
    await assert.rejects(terminal.connect({ ask: false }), (error) => error instanceof ConnectionError && error.state === row.state && !!error.hint.zh);
  });
}

test("probe tells what the page may", async (t) => {
  page(t);
  const { fetch } = fakeFetch({ "/v1/probe": json(200, { ...PROBE, fields: ["holder.name"], functions: false }) });
  const { state, version, fields, functions } = await new Terminal({ fetch }).probe();
  assert.deepEqual({ state, version, fields, functions }, { state: "ready", version: "0.1.0", fields: ["holder.name"], functions: false });
});

test("probe: many at once raise one question", async (t) => {
  const browser = page(t, { permission: "prompt" });
  let allow;
  const { fetch, calls } = fakeFetch({ "/v1/probe": () => new Promise((resolve) => { allow = () => resolve(ok); }) });
  const terminal = new Terminal({ fetch });
  const asking = [terminal.probe({ ask: true }), terminal.connect(), terminal.probe({ ask: true })];
  await settle();
  assert.equal((await terminal.probe()).state, "permission_asked", "while the question is open");
  browser.permission = "granted";
  allow();
  assert.deepEqual((await Promise.all(asking)).map((found) => found.state), ["ready", "ready", "ready"]);
  assert.equal(calls.length, 1);
});

test("probe: a question that nobody answers, and that another probe then waits for", async (t) => {
  const browser = page(t, { permission: "prompt" });
  const clock = fakeClock(t);
  let allow;
  const { fetch, calls } = fakeFetch({ "/v1/probe": () => new Promise((resolve) => { allow = () => resolve(ok); }) });
  const terminal = new Terminal({ fetch });
  const first = terminal.probe({ ask: true, timeout: 10_000 });
  await clock.advance(10_000);
  assert.equal((await first).state, "permission_asked");
  const second = terminal.probe({ ask: true });
  await settle();
  browser.permission = "granted";
  allow();
  assert.equal((await second).state, "ready");
  assert.equal(calls.length, 1);
  assert.equal(clock.pending, 0);
});

test("probe: a question that nobody answers at all", async (t) => {
  page(t, { permission: "prompt" });
  const clock = fakeClock(t);
  const { fetch, calls } = fakeFetch({ "/v1/probe": never });
  const terminal = new Terminal({ fetch });
  const probe = terminal.probe({ ask: true });
  await clock.advance(60_000);
  assert.equal((await probe).state, "permission_asked");
  assert.equal(calls[0].signal.aborted, true, "the request is not left behind");
  assert.equal(clock.pending, 0);
});

test("probe: a question that was closed can be raised again", async (t) => {
  const browser = page(t, { permission: "prompt" });
  let answer = failed;
  const { fetch, calls } = fakeFetch({ "/v1/probe": () => answer });
  const terminal = new Terminal({ fetch });
  const closed = await terminal.probe({ ask: true });
  assert.equal(closed.state, "permission_asked");
  assert.match(closed.hint.zh, /sscard/, "it may as well be that nothing was asked, and nobody listens");
  answer = ok;
  browser.permission = "granted";
  assert.equal((await terminal.probe({ ask: true })).state, "ready");
  assert.equal(calls.length, 2);
});

test("probe: where the browser asks nothing though it might, it is not held up twice", async (t) => {
  page(t, { permission: "prompt" }); // an enterprise's opt-out: the state stays prompt
  let answer = ok;
  const { fetch } = fakeFetch({ "/v1/probe": () => answer });
  const terminal = new Terminal({ fetch });
  assert.equal((await terminal.probe()).state, "permission_asked");
  assert.equal((await terminal.probe({ ask: true })).state, "ready");
  assert.equal((await terminal.probe()).state, "ready");
  answer = failed;
  assert.equal((await terminal.probe()).state, "absent");
});

test("probe: a page on http: that was let through once is told that the daemon is gone", async (t) => {
  page(t, { url: "http://10.0.0.8/", secure: false });
  let answer = ok;
  const { fetch } = fakeFetch({ "/v1/probe": () => answer });
  const terminal = new Terminal({ fetch });
  assert.equal((await terminal.probe()).state, "ready");
  answer = failed;
  assert.equal((await terminal.probe()).state, "absent");
});

test("probe: a daemon that does not answer is absent after its time", async (t) => {
  page(t, { permission: "granted" });
  const clock = fakeClock(t);
  const { fetch, calls } = fakeFetch({ "/v1/probe": never });
  const probe = new Terminal({ fetch }).probe();
  await clock.advance(5_000);
  assert.equal((await probe).state, "absent");
  assert.equal(clock.pending, 0);
  assert.equal(calls[0].signal.aborted, true, "the request is not left behind");
});

for (const [name, permission, ask] of [["a daemon", "granted", false], ["a person", "prompt", true]]) {
  test(`probe: aborted while it waits for ${name}`, async (t) => {
    page(t, { permission });
    fakeClock(t);
    const { fetch } = fakeFetch({ "/v1/probe": never });
    const end = new AbortController();
    const probe = new Terminal({ fetch }).probe({ ask, signal: end.signal });
    await settle();
    end.abort(new Error("the page was left"));
    await assert.rejects(probe, /the page was left/);
  });
}

test("probe: aborted before it began, and while the browser is asked for the permission", async (t) => {
  page(t, { permission: "granted" });
  const { fetch, calls } = fakeFetch({ "/v1/probe": ok });
  await assert.rejects(new Terminal({ fetch }).probe({ signal: AbortSignal.abort(new Error("left")) }), /left/);
  const end = new AbortController();
  const probe = new Terminal({ fetch }).probe({ signal: end.signal });
  end.abort(new Error("left"));
  await assert.rejects(probe, /left/);
  assert.equal(calls.length, 0);
});
