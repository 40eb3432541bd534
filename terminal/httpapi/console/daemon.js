// The daemon behind the page: whether it is there, who is signed in to it, and what it tells.
import { Terminal, SscardError } from "./sscard.js";
import { kept } from "./storage.js";

const url = location.origin;
const session = kept("sessionStorage", "session");
const againAfter = 2000;
const pause = 200;
const isToken = /^[0-9a-f]{64}$/;
const unauthorized = "request.unauthorized";

export class Daemon {
  /** signin, ready, lost; and before anything is known, nothing. */
  state = "";
  #changed;
  #heard;
  #terminal = new Terminal({ url });
  #stop;
  #timer = 0;

  /** changed hears the state, and whether a session that was good is so no more; heard each message of /v1/events. */
  constructor(changed, heard) {
    this.#changed = changed;
    this.#heard = heard;
  }

  /** Goes on with the session of this tab, if there is one. */
  resume() {
    const known = session.get();
    if (known) this.#begin(known);
    else this.#become("signin");
  }

  /** Takes a code, or the token: that is not kept, but gets a code. */
  async signIn(secret) {
    const code = isToken.test(secret) ? (await new Terminal({ url, token: secret }).request("POST", "/v1/console", {})).code : secret;
    this.#begin((await new Terminal({ url }).request("POST", "/v1/console/session", { code })).session);
  }

  /** last is what is still to be done with the session. */
  async signOut(last) {
    const asked = this.#terminal;
    const gone = last.catch(() => {}).then(() => asked.request("DELETE", "/v1/console/session")).catch(() => {}); // it dies with the daemon anyway
    this.#end();
    await gone;
  }

  /** Asks the daemon. Its problems are thrown; one that says who we are not ends the session. */
  async request(method, path, body, options) {
    const asked = this.#terminal;
    try {
      return await asked.request(method, path, body, options);
    } catch (problem) {
      if (asked !== this.#terminal) throw problem;
      if (problem.code === unauthorized && this.state !== "signin") this.#end(true);
      else if (!(problem instanceof SscardError) && problem.name !== "AbortError" && this.state === "ready") this.#look();
      throw problem;
    }
  }

  #begin(token) {
    this.#rest();
    session.set(token);
    this.#terminal = new Terminal({ url, token });
    this.#look();
  }

  #end(ended = false) {
    this.#rest();
    session.set(null);
    this.#terminal = new Terminal({ url });
    this.#become("signin", ended);
  }

  /** Looks whether the daemon is there and knows us. Until it says so, again and again. */
  async #look() {
    clearTimeout(this.#timer);
    const asked = this.#terminal;
    const problem = await asked.request("GET", "/v1/version", undefined, { timeout: 5000 }).then(() => {}, (thrown) => thrown);
    if (asked !== this.#terminal) return;
    clearTimeout(this.#timer);
    if (problem?.code === unauthorized) return this.#end(true);
    if (problem) return this.#lose();
    this.#become("ready");
    this.#stop ??= this.#follow(asked);
  }

  #lose() {
    this.#rest();
    this.#become("lost");
    this.#timer = setTimeout(() => this.#look(), againAfter);
  }

  /** Hears the events. After two breaks nobody says whether a card is still there. */
  #follow(terminal) {
    let breaks = 0;
    return terminal.watch(this.#heard, (connection) => {
      if (connection === "open") breaks = 0;
      if (connection === "waiting" && ++breaks > 1) return this.#lose();
      if (connection === "closed") this.#rest();
      if (connection === "waiting" || connection === "closed") this.#timer = setTimeout(() => this.#look(), pause);
    });
  }

  #rest() {
    clearTimeout(this.#timer);
    this.#stop?.();
    this.#stop = undefined;
  }

  #become(state, ended = false) {
    if (this.state === state && !ended) return;
    this.state = state;
    this.#changed(state, ended);
  }
}
