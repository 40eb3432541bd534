/**
 * The client of sscard for web pages and Node: reads social security cards (社会保障卡) through the daemon on this machine.
 * What each call takes, gives and throws is said in sscard.d.ts.
 *
 *   const terminal = new Terminal();
 *   await terminal.connect(); // on a click: the browser may now ask the person for leave
 *   const { holder, missing } = await terminal.read({ fields: ["holder"] });
 *
 * @import { CallOptions, EventOptions, FinishOptions, Problem, ProbeOptions, ProbeReport, ProbeState, ReadOptions, TerminalEvent,
 *   TerminalOptions, Text, VerifyOptions, WatchState } from "./sscard.js"
 * @typedef {{ok: boolean, status: number, document: any}} Answer
 */

const API = "1"; // of the daemon, that this file speaks
const DAEMON_TIME = 5_000; // in ms, for an answer that needs no card
const PERSON_TIME = 60_000; // for the person before the browser's question, or the daemon's limit for a card
const SILENCE = 40_000; // without an event or heartbeat (every 15 s) the connection is dead
const LONGEST_WAIT = 15_000; // between two attempts to connect
const LONGEST_TIMER = 2 ** 31 - 1; // what setTimeout takes
const MOST_UNREAD = 256; // events for a slow reader; the rest later

/** @type {Record<ProbeState, Text>} For the person at the counter. */
const HINTS = {
  ready: { zh: "读卡服务已就绪；如刚才未成功，请再试一次。", en: "The card service is ready; try again what failed." },
  absent: {
    zh: "本机的读卡服务（sscard）没有应答：请启动它，或联系管理员安装。",
    en: "The card service (sscard) of this computer does not answer: start it, or have it installed.",
  },
  permission_asked: {
    zh: "浏览器需要您的许可：请点击“连接”，并在浏览器询问是否可访问本机时选择“允许”。",
    en: "The browser needs your leave: press Connect, and choose Allow where it asks about this device.",
  },
  permission_denied: {
    zh: "浏览器已禁止本页访问本机：请点击地址栏左侧的图标，允许访问本机上的应用（本地网络），再刷新页面；不能更改时请联系管理员。",
    en: "The browser keeps this page from this device: click the icon left of the address, allow apps on device (local network), and reload. If you cannot, turn to the administrator.",
  },
  permission_blocked: {
    zh: "外层网页或策略不让本页访问本机：请联系网站管理员（iframe 的 allow 或 Permissions-Policy 须含 loopback-network）。",
    en: "The page around this one, or a policy, keeps it from this device: tell the site's administrator (iframe allow or Permissions-Policy: loopback-network).",
  },
  insecure: {
    zh: "本页不是用 https 打开的，浏览器不让它访问本机：请改用 https 地址。",
    en: "This page was not opened with https, and the browser keeps such pages from this device: use its https address.",
  },
  origin_denied: {
    zh: "读卡服务未允许本网站：请管理员在 sscard 的页面上允许它，或执行 sscard origin allow。",
    en: "The card service has not allowed this site: the administrator does so on the page of sscard, or with `sscard origin allow`.",
  },
  too_old: {
    zh: "本机的读卡服务（sscard）与本页的版本不符：请联系管理员升级。",
    en: "The card service (sscard) of this computer is not of a version that this page can use: have it updated.",
  },
  unauthorized: { zh: "令牌缺失或无效：请重新登录。", en: "The token is missing or not valid: sign in again." },
};

/** Where a request failed and the browser would still ask: its question was closed, or it never asked. */
const ASKED_IN_VAIN = {
  zh: HINTS.permission_asked.zh + "如果没有出现提示，则是" + HINTS.absent.zh,
  en: HINTS.permission_asked.en + " If it does not ask: " + HINTS.absent.en,
};

/** Where a browser does not tell whether it keeps a page on http: from this machine, and nobody has answered yet. */
const INSECURE_OR_ABSENT = {
  zh: HINTS.absent.zh + "如果服务已在运行：" + HINTS.insecure.zh,
  en: HINTS.absent.en + " If it does run: " + HINTS.insecure.en,
};

/** The daemon's word that it cannot do what it was asked (RFC 9457). */
export class SscardError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail ? `${problem.code}: ${problem.detail}` : problem.code);
    this.name = "SscardError";
    this.code = problem.code;
    this.retryable = problem.retryable;
    this.hint = problem.hint;
    this.title = problem.title;
    this.status = problem.status;
    this.detail = problem.detail;
    this.requestId = problem.request_id;
    this.sw = problem.sw;
  }
}

/** The daemon was not reached. */
export class ConnectionError extends Error {
  /** @param {ProbeReport} report @param {{cause?: unknown}} [options] */
  constructor(report, options) {
    super(`${report.state}: ${report.hint.en}`, options);
    this.name = "ConnectionError";
    this.state = report.state;
    this.hint = report.hint;
  }
}

/** One daemon, seen from one page or program. */
export class Terminal {
  #url;
  #token;
  #atLeast;
  #fetch;
  #WebSocket;
  /** @type {Promise<ProbeReport> | undefined} the request that raised the browser's question, while that is open */
  #asking;
  #unasked = false; // the browser lets this page call, and asks nothing
  #reached = false; // somebody has answered

  /** @param {TerminalOptions} [options] */
  constructor({ url = "http://127.0.0.1:17420", token, atLeast = "0.1.0", fetch, WebSocket } = {}) {
    const { protocol, origin } = new URL(url);
    if (protocol !== "http:" && protocol !== "https:") throw new TypeError(`not http: or https: ${url}`); // it would be a path of the page's own site
    this.#url = origin;
    this.#token = token?.trim();
    this.#atLeast = atLeast;
    this.#fetch = fetch;
    this.#WebSocket = WebSocket;
  }

  /** @param {ProbeOptions} [options] @returns {Promise<ProbeReport>} */
  async probe({ ask = false, timeout, signal } = {}) {
    signal?.throwIfAborted();
    const asks = await this.#asks();
    signal?.throwIfAborted();
    if (asks && !ask) return report("permission_asked");
    try {
      if (!asks) return await within(timeout ?? DAEMON_TIME, signal, (end) => this.#hello(end));
      return await within(timeout ?? PERSON_TIME, signal, () => this.#askOnce());
    } catch {
      signal?.throwIfAborted();
      return this.#unreached();
    }
  }

  /** @param {ProbeOptions} [options] */
  async connect({ ask = true, ...rest } = {}) {
    const found = await this.probe({ ask, ...rest });
    if (found.state !== "ready") throw new ConnectionError(found);
    return found;
  }

  /** @param {CallOptions} [options] */
  async readers(options) {
    return (await this.request("GET", "/v1/readers", undefined, quick(options))).readers;
  }

  /** @param {ReadOptions} [options] */
  read(options = {}) {
    return this.request("POST", "/v1/read", wanted(options), options);
  }

  /** @param {ReadOptions} [options] */
  beginRead(options = {}) {
    return this.request("POST", "/v1/read/begin", wanted(options), options);
  }

  /** @param {FinishOptions} options */
  finishRead({ session, answer, ...options }) {
    return this.request("POST", "/v1/read/finish", { session, answer }, options);
  }

  /** @param {VerifyOptions} options */
  verify({ nonce, origin, ...options }) {
    return this.request("POST", "/v1/verify", { nonce, origin, ...wanted(options) }, options);
  }

  /** @param {string} name @param {object} [params] @param {CallOptions} [options] */
  call(name, params = {}, options) {
    return this.request("POST", `/v1/functions/${encodeURIComponent(name)}`, params, options);
  }

  /** @param {CallOptions} [options] */
  version(options) {
    return this.request("GET", "/v1/version", undefined, quick(options));
  }

  /** @param {CallOptions} [options] */
  health(options) {
    return this.request("GET", "/v1/health", undefined, quick(options));
  }

  /** @param {CallOptions} [options] */
  words(options) {
    return this.request("GET", "/v1/words", undefined, quick(options));
  }

  /**
   * @param {string} method @param {string} path @param {unknown} [body] @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async request(method, path, body, { signal, timeout = PERSON_TIME + DAEMON_TIME } = {}) {
    if (!path.startsWith("/")) throw new TypeError(`not a path: ${path}`); // behind the port another host may stand
    if (await this.#asks()) throw new ConnectionError(report("permission_asked"));
    /** @type {Answer} */
    let answer;
    try {
      answer = await within(timeout, signal, (end) => this.#send(method, path, body, end));
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ConnectionError(await this.probe({ signal }), { cause });
    }
    if (answer.ok) return answer.document;
    throw new SscardError(answer.document);
  }

  /**
   * @param {EventOptions} [options]
   * @returns {AsyncGenerator<TerminalEvent, void, void>}
   */
  async *events({ signal = new AbortController().signal } = {}) {
    yield* this.#follow(signal, () => {});
  }

  /**
   * @param {(event: TerminalEvent) => void} onEvent
   * @param {(state: WatchState, error?: unknown) => void} [onState]
   * @returns {() => void}
   */
  watch(onEvent, onState = (_, error) => { if (error) throw error; }) {
    const end = new AbortController();
    /** @type {<A extends unknown[]>(callback: (...args: A) => void, ...args: A) => void} */
    const tell = (callback, ...args) => {
      if (end.signal.aborted) return;
      try {
        callback(...args);
      } catch (error) {
        setTimeout(() => { throw error; }); // a bug of the page: shown as that of any listener
      }
    };
    const run = async () => {
      for await (const event of this.#follow(end.signal, (state) => tell(onState, state))) tell(onEvent, event);
    };
    run().catch((error) => tell(onState, "closed", error));
    return () => end.abort();
  }

  /**
   * Connects again and again, and probes first: a WebSocket does not say why it failed, and might make the browser ask.
   * @param {AbortSignal} signal @param {(state: WatchState) => void} onState
   * @returns {AsyncGenerator<TerminalEvent, void, void>}
   */
  async *#follow(signal, onState) {
    let query = "", life = "", failures = 0;
    try {
      while (!signal.aborted) {
        onState("connecting");
        const found = await this.probe({ signal });
        if (found.state !== "ready" && found.state !== "absent") throw new ConnectionError(found);
        if (found.state === "ready") {
          let open = false;
          for await (const message of this.#messages("/v1/events" + query, signal)) {
            if (!open) onState("open");
            open = true;
            failures = 0;
            if ("life" in message) life = message.life;
            query = `?since=${message.seq}&life=${life}`;
            if (message.type !== "heartbeat" && message.type !== "resumed") yield message;
          }
        }
        onState("waiting");
        if (signal.aborted) return;
        const longest = Math.min(LONGEST_WAIT, 500 * 2 ** failures++);
        await pause(longest * (0.5 + Math.random() / 2), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /**
   * The messages of one WebSocket, until it closes, falls silent, or too many are unread.
   * @param {string} path @param {AbortSignal} signal
   * @returns {AsyncGenerator<any, void, void>}
   */
  async *#messages(path, signal) {
    const Socket = this.#WebSocket ?? globalThis.WebSocket;
    if (!Socket) throw new TypeError("there is no WebSocket here: give one to new Terminal({ WebSocket })");
    const bearer = this.#token ? ["sscard", `sscard.bearer.${this.#token}`] : [];
    const ws = new Socket(this.#url.replace("http", "ws") + path, bearer);
    /** @type {any[]} */
    const unread = [];
    let ended = false, wake = () => {};
    const end = () => {
      if (ended) return;
      ended = true;
      clearTimeout(silence);
      ws.onmessage = ws.onclose = null;
      ws.close();
      wake();
    };
    let silence = setTimeout(end, DAEMON_TIME);
    ws.onmessage = (/** @type {{data: string}} */ { data }) => {
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE);
      const message = parse(data);
      if (message) unread.push(message);
      if (!message || unread.length > MOST_UNREAD) end();
      wake();
    };
    ws.onclose = end;
    ws.onerror = end;
    signal.addEventListener("abort", end);
    try {
      while (!signal.aborted) {
        if (unread.length) yield unread.shift();
        else if (ended) return;
        else await new Promise((resolve) => { wake = () => resolve(undefined); });
      }
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  }

  /**
   * One request. JSON goes without its Content-Type: so it needs no preflight.
   * @param {string} method @param {string} path @param {unknown} body @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async #send(method, path, body, signal) {
    const fetch = this.#fetch ?? globalThis.fetch;
    const answer = await fetch(this.#url + path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: this.#token ? { Authorization: `Bearer ${this.#token}` } : {},
      cache: "no-store",
      credentials: "omit",
      signal,
    });
    this.#reached = true;
    const text = await answer.text();
    const document = text ? JSON.parse(text) : undefined;
    if (!answer.ok && !document?.code) throw new SyntaxError(`not an answer of sscard: ${answer.status}`);
    return { ok: answer.ok, status: answer.status, document };
  }

  /** Whether a request would make the browser ask the person. */
  async #asks() {
    return (await this.#permission()) === "prompt" && !this.#unasked;
  }

  /** Raises the browser's question once, however many wait for its answer. */
  #askOnce() {
    this.#asking ??= within(PERSON_TIME, undefined, (end) => this.#hello(end)).finally(() => { this.#asking = undefined; });
    return this.#asking;
  }

  /**
   * Asks the daemon, and tells what came of it. It rejects only when `signal` aborts.
   * @param {AbortSignal} signal
   * @returns {Promise<ProbeReport>}
   */
  async #hello(signal) {
    try {
      const { status, document } = await this.#send("GET", "/v1/probe", undefined, signal);
      if ((await this.#permission()) === "prompt") this.#unasked = true;
      if (status !== 200) return refused(status, document);
      if (document?.api === undefined) return report("absent"); // another program
      const { version, fields, functions, origin } = document;
      const found = { version, fields, functions };
      if (document.api !== API || older(version, this.#atLeast)) return report("too_old", found);
      const page = origin && origin !== this.#url; // a page of another site; anybody else needs the token
      if (page && !this.#token) return report("ready", found);
      const known = await this.#send("GET", "/v1/version", undefined, signal);
      return known.ok ? report("ready", found) : refused(known.status, known.document);
    } catch {
      signal.throwIfAborted();
      return this.#unreached();
    }
  }

  /** Why a request failed on its way. @returns {Promise<ProbeReport>} */
  async #unreached() {
    const permission = await this.#permission();
    if (isForeign() && globalThis.isSecureContext === false && !this.#reached) return report("insecure", permission ? {} : { hint: INSECURE_OR_ABSENT });
    if (permission === "blocked") return report("permission_blocked");
    if (permission === "denied") return report("permission_denied");
    if (permission === "prompt" && !this.#unasked) return report("permission_asked", { hint: ASKED_IN_VAIN });
    return report("absent");
  }

  /**
   * Whether the browser lets this page reach this machine: "granted", "denied", "prompt" (it will ask), "blocked" (by a policy), or
   * undefined: it has no such permission. Chromium has it from version 142, by the first name from 145.
   */
  async #permission() {
    if (!isForeign()) return undefined;
    for (const name of ["loopback-network", "local-network-access"]) {
      try {
        const { state } = await globalThis.navigator.permissions.query({ name: /** @type {PermissionName} */ (name) });
        return state !== "granted" && isForbidden(name) ? "blocked" : state;
      } catch {
        // no permission of this name, or none at all
      }
    }
    return undefined;
  }
}

/** @param {ProbeState} state @param {Partial<ProbeReport>} [more] @returns {ProbeReport} */
const report = (state, more) => ({ state, hint: HINTS[state], ...more });

/** What a refusal of the daemon means. @param {number} status @param {Problem} problem @returns {ProbeReport} */
function refused(status, problem) {
  if (problem.code === "request.origin_denied") return report("origin_denied");
  if (problem.code === "request.unauthorized") return report("unauthorized");
  if (status === 404) return report("too_old"); // it does not know the path
  return report("absent", problem.hint && { hint: problem.hint });
}

/** @param {ReadOptions} options in the daemon's names */
const wanted = ({ reader, interface: on, fields, timeoutMs }) => ({ reader, interface: on, fields, timeout_ms: timeoutMs });

/** @param {CallOptions} [options] @returns {CallOptions} */
const quick = (options) => ({ timeout: 2 * DAEMON_TIME, ...options });

/** Whether this is a web page that does not itself come from this machine. A frame or worker without an address is of its page's origin. */
function isForeign() {
  const { location, origin } = globalThis;
  if (!location || location.protocol === "file:") return false;
  const host = location.hostname || String(origin).replace(/^\w+:\/\/|:\d+$/g, "");
  return !/^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(host);
}

/** Whether the policy of the page, or of those around it, takes the feature away. @param {string} name */
function isForbidden(name) {
  /** @type {any} */
  const page = globalThis.document;
  const policy = page?.permissionsPolicy ?? page?.featurePolicy;
  return policy?.features().includes(name) ? !policy.allowsFeature(name) : false;
}

/** Whether version a comes before b. @param {string} a @param {string} b */
function older(a, b) {
  const [x, y] = [a, b].map((v) => (v.match(/\d+/g) ?? []).slice(0, 3).map(Number));
  const differs = y.findIndex((part, i) => part !== (x[i] ?? 0));
  return differs >= 0 && (x[differs] ?? 0) < y[differs];
}

/** The object that a message is; undefined where it is none: another program sent it. @param {string} text */
function parse(text) {
  try {
    const message = JSON.parse(text);
    return message instanceof Object ? message : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Does the work for so many ms at most, and while `outer` is not aborted. However it ends, nothing is left behind.
 * @template T
 * @param {number} ms @param {AbortSignal | undefined} outer @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function within(ms, outer, work) {
  outer?.throwIfAborted();
  const end = new AbortController();
  const abort = () => end.abort(outer?.reason);
  const timer = setTimeout(() => end.abort(new DOMException(`no answer within ${ms} ms`, "TimeoutError")), Math.min(ms, LONGEST_TIMER));
  outer?.addEventListener("abort", abort);
  try {
    const ended = new Promise((_, reject) => end.signal.addEventListener("abort", () => reject(end.signal.reason)));
    return await Promise.race([work(end.signal), /** @type {Promise<never>} */ (ended)]);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  }
}

/** Waits; sooner where `signal` aborts. @param {number} ms @param {AbortSignal} signal */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve(undefined);
    }
  });
}
