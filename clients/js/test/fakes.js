// What the tests put in the place of the browser and the daemon.

export const PROBE = { version: "0.1.0", api: "1", origin: "https://hall.example" };

/** An answer of the daemon. */
export const json = (status, document) => ({
  ok: status >= 200 && status < 300,
  status,
  text: async () => (document === undefined ? "" : JSON.stringify(document)),
});

/** A problem of the daemon. */
export const problem = (status, code) =>
  json(status, { type: `urn:sscard:error:${code}`, title: "title", status, code, retryable: false, hint: { zh: "提示", en: "hint" }, request_id: "R1" });

/**
 * A fetch that answers by path, and notes what it was asked. An answer is a response, an error that is thrown, or a function
 * of (init, count) that gives either.
 */
export function fakeFetch(answers) {
  const calls = [];
  const fetch = async (url, init) => {
    const path = new URL(url).pathname;
    calls.push({ path, url, ...init });
    let answer = answers[path] ?? problem(404, "request.invalid");
    if (typeof answer === "function") answer = await answer(init, calls.length);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { fetch, calls };
}

/** What a browser's fetch says, whatever the cause. */
export const failed = new TypeError("Failed to fetch");

/** Rejects as fetch does when its signal aborts, and otherwise never settles. */
export const never = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** Makes this process look like a page for the time of one test. `permission` may be changed while it runs. */
export function page(t, { url = "https://hall.example/", origin = new URL(url).origin, names = ["loopback-network"], permission, secure = true, policy } = {}) {
  const browser = { permission, queries: [] };
  const query = async ({ name }) => {
    browser.queries.push(name);
    if (!names.includes(name)) throw new TypeError(`'${name}' is not a PermissionName`);
    return { state: browser.permission };
  };
  put(t, "location", new URL(url));
  put(t, "origin", origin);
  put(t, "isSecureContext", secure);
  put(t, "navigator", { permissions: browser.permission ? { query } : undefined });
  put(t, "document", { featurePolicy: policy && { features: () => Object.keys(policy), allowsFeature: (name) => policy[name] } });
  return browser;
}

function put(t, name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
}

/** A WebSocket class whose sockets the test plays: `opened()` waits for the next one. */
export function fakeSockets() {
  const opened = [];
  const waiting = [];
  class FakeSocket {
    onmessage = null;
    onclose = null;
    onerror = null;
    closed = false;
    constructor(url, protocols) {
      Object.assign(this, { url, protocols });
      const next = waiting.shift();
      if (next) next(this);
      else opened.push(this);
    }
    close() {
      this.closed = true;
    }
    /** The daemon says something. */
    say(message) {
      this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
    }
    /** The daemon, or what lies between, ends it. */
    drop() {
      this.onclose?.({});
    }
  }
  return {
    WebSocket: FakeSocket,
    opened: async () => opened.shift() ?? (await new Promise((resolve) => waiting.push(resolve))),
    get count() {
      return opened.length;
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A clock in the place of this process's, for the time of one test. */
export function fakeClock(t) {
  const real = { setTimeout, clearTimeout };
  let now = 0;
  let last = 0;
  const timers = new Map();
  globalThis.setTimeout = (work, ms = 0) => {
    timers.set(++last, { at: now + ms, work });
    return last;
  };
  globalThis.clearTimeout = (id) => timers.delete(id);
  t.after(() => Object.assign(globalThis, real));
  return {
    get pending() {
      return timers.size;
    },
    /** The next timer's time from now. */
    get next() {
      return Math.min(...[...timers.values()].map(({ at }) => at)) - now;
    },
    /** Lets so many ms pass, and all happen that is due. */
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const due = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due[0]);
        now = due[1].at;
        due[1].work();
      }
      now = end;
      await settle();
    },
  };
}
