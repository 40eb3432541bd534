import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionError, SscardError, Terminal } from "../sscard.js";
import { PROBE, failed, fakeClock, fakeFetch, json, never, page, problem, settle } from "./fakes.js";

const done = json(200, { readers: [] });

/** What each method sends. Options of the client are in camelCase; documents have the daemon's names. */
for (const [name, call, method, path, body] of [
  ["readers", (t) => t.readers(), "GET", "/v1/readers"],
  ["read", (t) => t.read(), "POST", "/v1/read", {}],
  ["read all", (t) => t.read({ reader: "r1", interface: "contact", fields: ["holder"], timeoutMs: 9000 }), "POST", "/v1/read", { reader: "r1", interface: "contact", fields: ["holder"], timeout_ms: 9000 }],
  ["beginRead", (t) => t.beginRead({ interface: "auto" }), "POST", "/v1/read/begin", { interface: "auto" }],
  ["finishRead", (t) => t.finishRead({ session: "S", answer: "A|B|" }), "POST", "/v1/read/finish", { session: "S", answer: "A|B|" }],
  ["verify", (t) => t.verify({ nonce: "00".repeat(16), fields: ["holder.name"], timeout: 1000 }), "POST", "/v1/verify", { nonce: "00".repeat(16), fields: ["holder.name"] }],
  ["verify for", (t) => t.verify({ nonce: "00", origin: "https://hall.example" }), "POST", "/v1/verify", { nonce: "00", origin: "https://hall.example" }],
  ["call", (t) => t.call("iReadCardBas", { iType: 1 }), "POST", "/v1/functions/iReadCardBas", { iType: 1 }],
  ["call without parameters", (t) => t.call("a/b"), "POST", "/v1/functions/a%2Fb", {}],
  ["version", (t) => t.version(), "GET", "/v1/version"],
  ["health", (t) => t.health(), "GET", "/v1/health"],
  ["words", (t) => t.words(), "GET", "/v1/words"],
  ["request", (t) => t.request("DELETE", "/v1/origins", { origin: "https://a" }), "DELETE", "/v1/origins", { origin: "https://a" }],
]) {
  test(`request: ${name}`, async () => {
    const { fetch, calls } = fakeFetch({ [path]: done });
    await call(new Terminal({ fetch, token: "secret", url: "http://127.0.0.1:18000/" }));
    assert.equal(calls.length, 1);
    assert.equal(calls[0].method, method);
    assert.equal(calls[0].url, "http://127.0.0.1:18000" + path);
    assert.deepEqual(calls[0].body && JSON.parse(calls[0].body), body);
    assert.deepEqual(calls[0].headers, { Authorization: "Bearer secret" });
  });
}

test("request: documents come as they are", async () => {
  const document = { holder: { name: "王小明" }, missing: [], elapsed_ms: 0.2 };
  const { fetch } = fakeFetch({ "/v1/read": json(200, document), "/v1/origins": json(204), "/v1/readers": json(200, { readers: [{ id: "r1" }] }) });
  const terminal = new Terminal({ fetch });
  assert.deepEqual(await terminal.read(), document);
  assert.deepEqual(await terminal.readers(), [{ id: "r1" }]);
  assert.equal(await terminal.request("DELETE", "/v1/origins", {}), undefined);
});

test("request: a problem is a SscardError", async () => {
  const full = { type: "urn:sscard:error:card.mute", title: "the card does not answer", status: 409, detail: "d", code: "card.mute", retryable: true, hint: { zh: "卡", en: "card" }, request_id: "R", sw: "6F00" };
  const { fetch } = fakeFetch({ "/v1/read": json(409, full) });
  await assert.rejects(new Terminal({ fetch }).read(), (error) => {
    assert.ok(error instanceof SscardError && error instanceof Error);
    const { name, message, code, retryable, hint, title, status, requestId, sw, detail } = error;
    assert.deepEqual({ name, message, code, retryable, hint, title, status, requestId, sw, detail }, {
      name: "SscardError", message: "card.mute: d", code: "card.mute", retryable: true, hint: full.hint, title: full.title,
      status: 409, requestId: "R", sw: "6F00", detail: "d",
    });
    return true;
  });
});

for (const [name, answers, state] of [
  ["nobody listens", { "/v1/read": failed, "/v1/probe": failed }, "absent"],
  ["the daemon is there again", { "/v1/read": failed, "/v1/probe": json(200, PROBE) }, "ready"],
  ["the site is not allowed", { "/v1/read": failed, "/v1/probe": problem(403, "request.origin_denied") }, "origin_denied"],
  ["another program answers", { "/v1/read": { ok: true, status: 200, text: async () => "<html>" }, "/v1/probe": failed }, "absent"],
  ["another program refuses", { "/v1/read": json(404, { error: "no" }), "/v1/probe": failed }, "absent"],
  ["the answer breaks off", { "/v1/read": { ok: true, status: 200, text: async () => { throw failed; } }, "/v1/probe": failed }, "absent"],
]) {
  test(`request: ${name}`, async (t) => {
    page(t);
    const { fetch } = fakeFetch(answers);
    await assert.rejects(new Terminal({ fetch }).read(), (error) => error instanceof ConnectionError && error.state === state && !!error.hint.en && !!error.cause);
  });
}

test("request: an answer that does not come", async (t) => {
  page(t);
  const clock = fakeClock(t);
  const { fetch, calls } = fakeFetch({ "/v1/read": never, "/v1/readers": never, "/v1/probe": json(200, PROBE) });
  const terminal = new Terminal({ fetch });
  for (const [call, ms] of [[() => terminal.readers(), 10_000], [() => terminal.read(), 65_000], [() => terminal.read({ timeout: 70 }), 70]]) {
    const answer = assert.rejects(call(), (error) => error instanceof ConnectionError && error.state === "ready" && error.cause.name === "TimeoutError");
    await clock.advance(ms - 1);
    assert.equal(calls.at(-1).signal.aborted, false);
    await clock.advance(1);
    await answer;
    assert.equal(clock.pending, 0);
  }
});

test("request: aborted before, while it is under way, and while it is found out why it failed", async (t) => {
  page(t);
  const clock = fakeClock(t);
  const { fetch, calls } = fakeFetch({ "/v1/read": never, "/v1/verify": failed, "/v1/probe": never });
  const terminal = new Terminal({ fetch });
  await assert.rejects(terminal.read({ signal: AbortSignal.abort(new Error("left")) }), /left/);
  assert.equal(calls.length, 0);
  for (const call of [(signal) => terminal.read({ signal }), (signal) => terminal.verify({ nonce: "", signal })]) {
    const end = new AbortController();
    const answer = call(end.signal);
    await settle();
    end.abort(new Error("left"));
    await assert.rejects(answer, /left/);
    assert.equal(clock.pending, 0);
  }
});

test("request: the token never goes to another host", async () => {
  const { fetch, calls } = fakeFetch({});
  const terminal = new Terminal({ fetch, token: "secret" });
  for (const path of ["@evil.example/", ".evil.example/", "1/v1/read", "https://evil.example/"]) {
    await assert.rejects(terminal.request("GET", path), TypeError);
  }
  assert.equal(calls.length, 0);
});

// The browser's question is raised by who explained it to the person first, and by nothing else.
test("request: it never makes the browser ask", async (t) => {
  const browser = page(t, { permission: "prompt" });
  const { fetch, calls } = fakeFetch({ "/v1/read": done, "/v1/probe": json(200, PROBE) });
  const terminal = new Terminal({ fetch });
  await assert.rejects(terminal.read(), { name: "ConnectionError", state: "permission_asked" });
  assert.equal(calls.length, 0);
  await terminal.connect();
  await terminal.read();
  browser.permission = "granted";
  await terminal.read();
  assert.deepEqual(calls.map(({ path }) => path), ["/v1/probe", "/v1/read", "/v1/read"]);
});

test("request: no time is too long", async (t) => {
  const clock = fakeClock(t);
  const { fetch } = fakeFetch({ "/v1/read": never });
  const end = new AbortController();
  const answer = assert.rejects(new Terminal({ fetch }).read({ timeout: Infinity, signal: end.signal }), /left/);
  await settle();
  assert.ok(clock.next < 2 ** 31, "a longer one would be over at once");
  end.abort(new Error("left"));
  await answer;
});

// Without http: the address would be a path of the page's own site, and the token would go there.
for (const url of ["127.0.0.1:17420", "localhost:17420", "ws://127.0.0.1:17420", "file:///"]) {
  test(`misuse is told at once: ${url}`, () => assert.throws(() => new Terminal({ url }), TypeError));
}

test("request: the browser's own fetch is called as it wants", async (t) => {
  const own = globalThis.fetch;
  t.after(() => { globalThis.fetch = own; });
  globalThis.fetch = function () {
    assert.ok(this === undefined || this === globalThis, "a browser says: Illegal invocation");
    return Promise.resolve(done);
  };
  await new Terminal().readers();
  await new Terminal({ fetch: globalThis.fetch }).readers();
});
