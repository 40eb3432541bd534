import assert from "node:assert/strict";
import { test } from "node:test";

import { ConnectionError, Terminal } from "../sscard.js";
import { PROBE, failed, fakeClock, fakeFetch, fakeSockets, json, never, page, problem, settle } from "./fakes.js";

const life = "423CIK5WSCAGVKGPHW3YSEYZUX";
const snapshot = { type: "snapshot", seq: 3, time: "2026-11-23T08:15:00Z", life, readers: [] };
const heartbeat = { type: "heartbeat", seq: 3, time: "2026-11-23T08:15:15Z" };
const event = (seq, type = "card.inserted") => ({ type, seq, time: "2026-11-23T08:15:09Z", card: "1b02" });

/** A page that listens; `answer` is what the daemon says to probes. */
function listen(t, options = {}) {
  page(t);
  const clock = fakeClock(t);
  const sockets = fakeSockets();
  const daemon = { answer: json(200, PROBE) };
  const { fetch, calls } = fakeFetch({ "/v1/probe": () => daemon.answer, "/v1/version": json(200, {}) });
  const terminal = new Terminal({ fetch, WebSocket: sockets.WebSocket, ...options });
  return { clock, sockets, daemon, terminal, calls };
}

test("events: the snapshot first, and no heartbeats", async (t) => {
  const { sockets, terminal, clock } = listen(t);
  const events = terminal.events();
  const first = events.next();
  const ws = await sockets.opened();
  assert.equal(ws.url, "ws://127.0.0.1:17420/v1/events");
  assert.deepEqual(ws.protocols, [], "a page needs none");
  ws.say(snapshot);
  assert.deepEqual((await first).value, snapshot);
  const second = events.next();
  ws.say(heartbeat);
  ws.say(event(4));
  assert.deepEqual((await second).value, event(4));
  await events.return();
  assert.equal(ws.closed, true);
  assert.equal(clock.pending, 0, "no timer is left");
});

test("events: the token goes by subprotocol, as its file has it", async (t) => {
  const { sockets, terminal } = listen(t, { token: "secret\n", url: "https://127.0.0.1:17421" });
  const events = terminal.events();
  const first = events.next();
  const ws = await sockets.opened();
  assert.equal(ws.url, "wss://127.0.0.1:17421/v1/events");
  assert.deepEqual(ws.protocols, ["sscard", "sscard.bearer.secret"]);
  ws.say(snapshot);
  await first;
  await events.return();
});

test("events: after a break it goes on without a gap", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const seen = [];
  const states = [];
  const stop = terminal.watch((e) => seen.push(e.seq), (state) => states.push(state));
  let ws = await sockets.opened();
  ws.say(snapshot);
  ws.say(event(4));
  await settle();
  ws.drop();
  await clock.advance(500);
  ws = await sockets.opened();
  assert.match(ws.url, new RegExp(`\\?since=4&life=${life}$`));
  ws.say({ type: "resumed", seq: 4, time: "2026-11-23T08:16:00Z", life });
  ws.say(event(5, "card.removed"));
  await settle();
  assert.deepEqual(seen, [3, 4, 5]);
  assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open"]);
  stop();
});

test("events: another life of the daemon", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const seen = [];
  const stop = terminal.watch((e) => seen.push(e));
  let ws = await sockets.opened();
  ws.say(snapshot);
  await settle();
  ws.drop();
  await clock.advance(500);
  ws = await sockets.opened();
  const anew = { ...snapshot, seq: 0, life: "ANOTHER", reset: true };
  ws.say(anew);
  await settle();
  assert.deepEqual(seen, [snapshot, anew]);
  ws.drop();
  await clock.advance(500);
  ws = await sockets.opened();
  assert.match(ws.url, /\?since=0&life=ANOTHER$/);
  stop();
});

test("events: what came before the break is still told", async (t) => {
  const { sockets, terminal } = listen(t);
  const events = terminal.events();
  const first = events.next();
  const ws = await sockets.opened();
  ws.say(snapshot);
  ws.say(event(4));
  ws.drop();
  assert.equal((await first).value.seq, 3);
  assert.equal((await events.next()).value.seq, 4);
  await events.return();
});

test("events: a silent connection is found dead", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const states = [];
  const stop = terminal.watch(() => {}, (state) => states.push(state));
  const ws = await sockets.opened();
  ws.say(snapshot);
  for (let i = 0; i < 4; i++) {
    await clock.advance(15_000);
    ws.say(heartbeat);
  }
  await settle();
  assert.equal(ws.closed, false, "heartbeats keep it");
  await clock.advance(40_000);
  assert.equal(ws.closed, true);
  assert.equal(states.at(-1), "waiting");
  await clock.advance(500);
  assert.match((await sockets.opened()).url, /since=3/);
  stop();
});

test("events: a connection that never says anything", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const stop = terminal.watch(() => {});
  const ws = await sockets.opened();
  await clock.advance(5_000);
  assert.equal(ws.closed, true);
  stop();
});

test("events: a page on http: waits for a daemon that is started anew", async (t) => {
  const { clock, daemon, sockets, terminal } = listen(t);
  page(t, { url: "http://10.0.0.8/", secure: false });
  const states = [];
  const stop = terminal.watch(() => {}, (state) => states.push(state));
  const ws = await sockets.opened();
  ws.say(snapshot);
  await settle();
  daemon.answer = failed;
  ws.drop();
  await clock.advance(500);
  daemon.answer = json(200, PROBE);
  await clock.advance(clock.next);
  (await sockets.opened()).say(snapshot);
  await settle();
  assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "waiting", "connecting", "open"]);
  stop();
});

test("events: it waits longer each time, within bounds, and never in step with others", async (t) => {
  const { clock, daemon, terminal, sockets } = listen(t);
  daemon.answer = failed;
  const waits = [];
  const stop = terminal.watch(() => {});
  for (let i = 0; i < 9; i++) {
    await settle();
    waits.push(clock.next);
    await clock.advance(clock.next);
  }
  waits.forEach((wait, i) => {
    const longest = Math.min(15_000, 500 * 2 ** i);
    assert.ok(wait >= longest / 2 && wait <= longest, `${i}: ${wait}`);
  });
  assert.ok(new Set(waits.slice(5)).size > 1, "jitter");
  assert.equal(sockets.count, 0, "nothing is opened while nobody answers");
  daemon.answer = json(200, PROBE);
  await settle();
  await clock.advance(clock.next);
  const ws = await sockets.opened();
  ws.say(snapshot);
  await settle();
  ws.drop();
  await settle();
  assert.ok(clock.next <= 500, "it begins anew after a message");
  stop();
});

test("events: where a socket is refused though all is ready, it waits", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const states = [];
  const stop = terminal.watch(() => {}, (state) => states.push(state));
  (await sockets.opened()).drop();
  await settle();
  assert.deepEqual(states, ["connecting", "waiting"]);
  await clock.advance(500);
  (await sockets.opened()).say(snapshot);
  await settle();
  assert.equal(states.at(-1), "open");
  stop();
});

for (const [name, answer, state] of [
  ["the site is denied", problem(403, "request.origin_denied"), "origin_denied"],
  ["the session is over", problem(401, "request.unauthorized"), "unauthorized"],
  ["the daemon is too old", problem(404, "request.invalid"), "too_old"],
]) {
  test(`events: it ends where ${name}`, async (t) => {
    const { clock, daemon, sockets, terminal } = listen(t);
    const states = [];
    terminal.watch(() => {}, (...args) => states.push(args));
    const ws = await sockets.opened();
    ws.say(snapshot);
    await settle();
    daemon.answer = answer;
    ws.drop();
    await clock.advance(500);
    const [last, error] = states.at(-1);
    assert.equal(last, "closed");
    assert.ok(error instanceof ConnectionError);
    assert.equal(error.state, state);
    await assert.rejects(terminal.events().next(), { name: "ConnectionError", state });
    assert.equal(clock.pending, 0);
  });
}

test("events: it never makes the browser ask", async (t) => {
  const browser = page(t, { permission: "prompt" });
  const sockets = fakeSockets();
  const { fetch, calls } = fakeFetch({ "/v1/probe": json(200, PROBE) });
  const terminal = new Terminal({ fetch, WebSocket: sockets.WebSocket });
  await assert.rejects(terminal.events().next(), { state: "permission_asked" });
  assert.equal(calls.length + sockets.count, 0);
  browser.permission = "granted";
  const events = terminal.events();
  const first = events.next();
  (await sockets.opened()).say(snapshot);
  assert.equal((await first).value.seq, 3);
  await events.return();
});

test("events: a page that is slow gets the rest later", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const events = terminal.events();
  const first = events.next();
  let ws = await sockets.opened();
  ws.say(snapshot);
  await first;
  for (let seq = 4; !ws.closed; seq++) ws.say(event(seq));
  const told = [];
  let next;
  for (let i = 0; i < 257; i++) told.push((await (next = events.next())).value.seq);
  assert.deepEqual(told, told.map((_, i) => 4 + i), "none is lost");
  next = events.next();
  await clock.advance(500);
  ws = await sockets.opened();
  assert.match(ws.url, /since=260&/);
  ws.say({ type: "resumed", seq: 260, life });
  ws.say(event(261));
  assert.equal((await next).value.seq, 261);
  await events.return();
});

for (const said of ["hello", "5", "null", '"snapshot"']) {
  test(`events: another program on the port, which says ${said}`, async (t) => {
    const { clock, sockets, terminal } = listen(t);
    const stop = terminal.watch(() => assert.fail("nothing of ours"));
    const ws = await sockets.opened();
    ws.say(said);
    await settle();
    assert.equal(ws.closed, true);
    stop();
    await clock.advance(60_000);
  });
}

test("events: where there is no WebSocket, that is told", async (t) => {
  const { clock, terminal } = listen(t, { WebSocket: undefined });
  const own = globalThis.WebSocket;
  t.after(() => { globalThis.WebSocket = own; });
  globalThis.WebSocket = undefined;
  await assert.rejects(terminal.events().next(), { name: "TypeError", message: /new Terminal\({ WebSocket }\)/ });
  let closed;
  terminal.watch(() => {}, (state, error) => { closed = [state, error?.name]; });
  await settle();
  assert.deepEqual(closed, ["closed", "TypeError"]);
  terminal.watch(() => {});
  await settle();
  await assert.rejects(clock.advance(0), /WebSocket/, "a watch that ends is not silent, whoever listens");
});

// Wherever it is, an aborted signal ends it at once, and leaves no timer and no socket.
for (const [name, arrange] of [
  ["before it began", ({ end }) => end.abort()],
  ["while it probes", async ({ daemon, end, started }) => {
    daemon.answer = new Promise(() => {});
    started();
    await settle();
    end.abort();
  }],
  ["while it connects", async ({ sockets, end, started }) => {
    started();
    const ws = await sockets.opened();
    end.abort();
    await settle();
    assert.equal(ws.closed, true);
  }],
  ["between two events", async ({ sockets, end, started }) => {
    const next = started();
    const ws = await sockets.opened();
    ws.say(snapshot);
    await next;
    const second = started();
    end.abort();
    assert.equal((await second).done, true);
    assert.equal(ws.closed, true);
    assert.equal(ws.onmessage, null);
  }],
  ["while the page is busy with one", async ({ sockets, end, started, clock }) => {
    const next = started();
    const ws = await sockets.opened();
    ws.say(snapshot);
    await next;
    end.abort();
    assert.equal(ws.closed, true, "at once: nobody may ask for another");
    assert.equal(clock.pending, 0);
  }],
  ["while it waits", async ({ daemon, end, started }) => {
    daemon.answer = failed;
    started();
    await settle();
    end.abort();
  }],
]) {
  test(`events: aborted ${name}`, async (t) => {
    const parts = listen(t);
    const end = new AbortController();
    const events = parts.terminal.events({ signal: end.signal });
    let last;
    await arrange({ ...parts, end, started: () => (last = events.next()) });
    if (last) await last;
    assert.deepEqual(await events.next(), { value: undefined, done: true });
    assert.equal(parts.clock.pending, 0);
  });
}

test("watch: nothing is called after stop", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  const states = [];
  const stop = terminal.watch(() => states.push("event"), (state) => states.push(state));
  const ws = await sockets.opened();
  stop();
  ws.say(snapshot);
  await clock.advance(60_000);
  assert.deepEqual(states, ["connecting"]);
  assert.equal(clock.pending, 0);
});

test("watch: stopped by what it calls", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  let seen = 0;
  const stop = terminal.watch(() => {
    seen++;
    stop();
  });
  const ws = await sockets.opened();
  ws.say(snapshot);
  ws.say(event(4));
  await clock.advance(60_000);
  assert.equal(seen, 1);
  assert.equal(ws.closed, true);
});

test("watch: stopped while it waits for the daemon", async (t) => {
  const { clock, daemon, terminal } = listen(t);
  daemon.answer = failed;
  const states = [];
  const stop = terminal.watch(() => {}, (state) => {
    states.push(state);
    if (state === "waiting") stop();
  });
  await settle();
  await settle();
  assert.deepEqual(states, ["connecting", "waiting"]);
  assert.equal(clock.pending, 0, "nothing keeps the program running");
});

test("watch: a page's own mistake is told, and the next event comes", async (t) => {
  const { clock, sockets, terminal } = listen(t);
  let seen = 0;
  const stop = terminal.watch(() => {
    seen++;
    throw new Error("a mistake of the page");
  });
  const ws = await sockets.opened();
  ws.say(snapshot);
  await settle();
  await assert.rejects(clock.advance(0), /a mistake of the page/);
  ws.say(event(4));
  await settle();
  assert.equal(seen, 2);
  stop();
  await assert.rejects(clock.advance(0), /a mistake of the page/);
});

test("events: a daemon that hangs while it is asked", async (t) => {
  const { clock, daemon, sockets, terminal } = listen(t);
  const stop = terminal.watch(() => {});
  const ws = await sockets.opened();
  ws.say(snapshot);
  await settle();
  daemon.answer = new Promise(() => {});
  ws.drop();
  await clock.advance(500 + 5_000);
  daemon.answer = json(200, PROBE);
  await clock.advance(clock.next);
  (await sockets.opened()).say(snapshot);
  stop();
});
