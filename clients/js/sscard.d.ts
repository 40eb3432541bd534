// The types of sscard.js and of the daemon's documents. Members of documents have the daemon's names (snake_case).

/** A sentence in both languages. */
export interface Text {
  zh: string;
  en: string;
}

/** A stable name of what went wrong: docs/errors.md has the table. */
export type Code =
  | "service.unavailable"
  | "service.denied"
  | "reader.none"
  | "reader.unknown"
  | "reader.busy"
  | "reader.failed"
  | "card.absent"
  | "card.removed"
  | "card.reset"
  | "card.mute"
  | "card.unsupported"
  | "card.changed"
  | "card.locked"
  | "file.absent"
  | "data.malformed"
  | "auth.required"
  | "auth.failed"
  | "auth.blocked"
  | "sam.absent"
  | "sam.algorithm"
  | "sam.key"
  | "sam.level"
  | "session.unknown"
  | "session.expired"
  | "pin.wrong"
  | "pin.blocked"
  | "pin.cancelled"
  | "pin.timeout"
  | "pin.length"
  | "pin.mismatch"
  | "evidence.invalid"
  | "certificate.untrusted"
  | "certificate.expired"
  | "certificate.revoked"
  | "request.invalid"
  | "request.too_large"
  | "request.unauthorized"
  | "request.origin_denied"
  | "request.host_denied"
  | "request.field_denied"
  | "request.rate_limited"
  | "timeout"
  | "internal";

/** What a value that is there and looks wrong contradicts. It is never a reason to refuse the card. */
export type WarningCode =
  | "text.undecodable"
  | "card_id.format"
  | "card_id.region"
  | "card_number.check_digit"
  | "expiry_date.before_issue_date"
  | "expiry_date.expired"
  | "social_security_number.check_digit"
  | "social_security_number.birth_date"
  | "social_security_number.sex";

/** How a reader touches a card. */
export type Interface = "contact" | "contactless";

/** Names a reader. */
export interface ReaderRef {
  id: string;
  name: string;
}

/** What a card says, by the names of the fields. What the card does not hold or give is absent, never an empty string. */
export interface Issuer {
  card_id?: string;
  card_class?: string;
  spec_version?: string;
  issuer_id?: string;
  /** YYYY-MM-DD, as all dates */
  issue_date?: string;
  expiry_date?: string;
  card_number?: string;
  [field: string]: string | undefined;
}

/** Personal data. */
export interface Holder {
  social_security_number?: string;
  name?: string;
  /** its code; `words()` has its meaning */
  sex?: string;
  ethnicity?: string;
  birthplace?: string;
  birth_date?: string;
  [field: string]: string | undefined;
}

/** What a read returns. */
export interface ReadDocument {
  reader: ReaderRef;
  interface: Interface;
  /** hexadecimal */
  atr: string;
  historical_bytes: string;
  generation: 1 | 2 | 3;
  algorithm?: "DES" | "SSF33" | "SM4";
  region_code?: string;
  issuer?: Issuer;
  holder?: Holder;
  /** what a region keeps beside the national data */
  local?: { [field: string]: string | undefined };
  authenticity: { method: "none" | "irk" | "sm2"; result: Result };
  /** fields, or whole groups of them, that are not in the document, and why */
  missing: { field: string; reason: Code }[];
  warnings: { code: WarningCode; field: string }[];
  exchanges: number;
  elapsed_ms: number;
}

/** Whether the card is genuine; "unchecked" where nobody could tell. */
export type Result = "genuine" | "not_genuine" | "unchecked";

/** The answer of `verify()`. */
export interface Verification {
  result: Result;
  /** why it is not genuine, or unchecked */
  reason?: Code;
  /** the step that failed */
  step?: StepName;
  /** all of them, in the order in which they are checked */
  steps: ProofStep[];
  method: "none" | "irk" | "sm2";
  /** for the back end, which checks it by itself: docs/evidence.md */
  evidence?: string;
  reader: ReaderRef;
  /** of the fields that were asked for */
  read?: ReadDocument;
  exchanges: number;
  elapsed_ms: number;
}

/** A step of a proof; `words()` has what it is called. */
export type StepName =
  | "certificate"
  | "key"
  | "pin"
  | "answer"
  | "profile"
  | "signature"
  | "chain"
  | "usage"
  | "validity"
  | "revocation"
  | "card_number"
  | "irk";

/** One step, and what came of it. */
export interface ProofStep {
  step: StepName;
  result: "passed" | "failed" | "unchecked" | "not_reached";
}

/** The answer of `beginRead()`: what the back end's HSM must answer before the session ends, in a minute. */
export interface PendingRead {
  session: string;
  request: string;
}

/** The answer of `call()`: 0 and the function's output, or its error number and what that means. */
export interface FunctionResult {
  return: number;
  pOutInfo: string;
}

/** A slot; `card` is null while it is empty. */
export interface Reader extends ReaderRef {
  role: "card" | "sam";
  interface: Interface | "unknown";
  card: { atr: string; since: string } | null;
}

/** The answer of `version()`. */
export interface Version {
  version: string;
  commit?: string;
  go: string;
  os: string;
  arch: string;
  api: string;
}

/** The answer of `health()`. */
export interface Health {
  status: "ok" | "degraded";
  version: string;
  readers: number;
  cards: number;
  test_keys?: boolean;
  problem?: Problem;
  problems?: Trouble[];
}

/** Something that is wrong with the daemon or its surroundings. */
export interface Trouble {
  subject: "service" | "reader" | "audit" | "keys" | "config" | "certificate";
  code?: Code;
  title: Text;
  hint: Text;
  since?: string;
  reader?: ReaderRef;
  detail?: string;
}

/** The answer of `words()`: labels and meanings in both languages. */
export interface Words {
  codes: Record<Code, { title: Text; hint: Text }>;
  warnings: Record<WarningCode, Text>;
  steps: Record<StepName, Text>;
  groups: Record<string, Text>;
  fields: Record<string, { label: Text; values?: Record<string, Text> }>;
}

/** An error as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: Code;
  retryable: boolean;
  hint: Text;
  request_id?: string;
  /** the card's status word, where it gave one */
  sw?: string;
}

// Events (docs/events.md).

interface Numbered {
  /** the number of the event; of a snapshot, of the last event before */
  seq: number;
  /** RFC 3339 */
  time: string;
}

/** How it is now: at the beginning, and where events were missed. */
export interface Snapshot extends Numbered {
  type: "snapshot";
  life: string;
  readers: SeenReader[];
  /** events were missed */
  reset?: true;
  /** why there is no PC/SC service */
  code?: Code;
}

export interface SeenReader extends ReaderRef {
  role: "card" | "sam";
  interface: Interface | "unknown";
  card: SeenCard | null;
}

export interface SeenCard {
  /** an opaque reference: the same on both interfaces of a card, while the daemon runs */
  card: string;
  since: string;
  generation?: 1 | 2 | 3;
  /** why it cannot be read */
  code?: Code;
}

export interface ServiceLost extends Numbered {
  type: "service.lost";
  code?: Code;
}

export interface ServiceRestored extends Numbered {
  type: "service.restored";
}

export interface ReaderEvent extends Numbered {
  type: "reader.added" | "reader.removed";
  reader: ReaderRef;
  role: "card" | "sam";
  interface: Interface | "unknown";
}

export interface CardEvent extends Numbered {
  type: "card.inserted" | "card.identified" | "card.removed";
  reader: ReaderRef;
  /** "sam": a PSAM, which is nobody's card */
  role: "card" | "sam";
  interface: Interface | "unknown";
  card: string;
  generation?: 1 | 2 | 3;
  /** where the same card is too: the other interface of a dual-interface card */
  also?: { reader: ReaderRef; interface: Interface | "unknown" }[];
  /** why it cannot be read */
  code?: Code;
}

/** What `events()` and `watch()` tell; `type` says which it is. */
export type TerminalEvent = Snapshot | ServiceLost | ServiceRestored | ReaderEvent | CardEvent;

/** Of `watch()`: "closed" comes last, with the error, where waiting does not help. */
export type WatchState = "connecting" | "open" | "waiting" | "closed";

// Calling.

/**
 * ready · absent: nobody answers · permission_asked: the browser would ask, or its question is open or was closed · permission_denied ·
 * permission_blocked: by the policy of the page or of those around it · insecure: a page on http: · origin_denied: the daemon does not know
 * the site · too_old · unauthorized: no valid token
 */
export type ProbeState =
  | "ready"
  | "absent"
  | "permission_asked"
  | "permission_denied"
  | "permission_blocked"
  | "insecure"
  | "origin_denied"
  | "too_old"
  | "unauthorized";

/** What `probe()` has found out. */
export interface ProbeReport {
  state: ProbeState;
  /** what the person at the counter can do */
  hint: Text;
  /** of the daemon, where it answered */
  version?: string;
  /** that this page may read; absent: all */
  fields?: string[];
  /** whether this page may call the functions of 38号文 */
  functions?: boolean;
}

export interface TerminalOptions {
  /** default http://127.0.0.1:17420; a path in it is ignored */
  url?: string | undefined;
  /** of programs and of the daemon's own page; pages of allowed origins need none */
  token?: string | undefined;
  /** the oldest version of the daemon that will do; default 0.1.0 */
  atLeast?: string | undefined;
  /** default: that of the browser or Node */
  fetch?: Fetch | undefined;
  /** default: that of the browser, or of Node from version 22 */
  WebSocket?: WebSocketConstructor | undefined;
}

/** As much of fetch as is used: that of undici will do. */
export type Fetch = (url: string, init: any) => Promise<{ ok: boolean; status: number; text(): Promise<string> }>;

/** As much of WebSocket as is used: that of undici and of ws will do. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => {
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  close(): void;
};

export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** ms, for the answer; default 65 s, and 10 s for what needs no card. Where none comes, up to 5 s more to find out why */
  timeout?: number | undefined;
}

export interface ProbeOptions {
  /** whether the browser may ask the person; default false, and true for connect() */
  ask?: boolean | undefined;
  /** ms; default 5 s, and a minute where the browser asks the person */
  timeout?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface ReadOptions extends CallOptions {
  /** id or name; default: the one that holds a card */
  reader?: string | undefined;
  interface?: "auto" | Interface | undefined;
  /** "holder.name", or a group: "issuer", "holder", "local"; default issuer and holder */
  fields?: string[] | undefined;
  /** ms, for the card; default 5000, at most 60000 */
  timeoutMs?: number | undefined;
}

export interface FinishOptions extends CallOptions {
  session: string;
  /** of the HSM */
  answer: string;
}

export interface VerifyOptions extends ReadOptions {
  /** hexadecimal, 16 to 64 bytes, random, of the back end, used once */
  nonce: string;
  /** who asks; a page need not say, and cannot say otherwise */
  origin?: string | undefined;
}

export interface EventOptions {
  signal?: AbortSignal | undefined;
}

/** One daemon, seen from one page or program. */
export class Terminal {
  constructor(options?: TerminalOptions);

  /**
   * Finds out whether this page can read cards, and if not, why. Rejects only when `signal` aborts. Without `ask` it never makes the
   * browser ask the person.
   */
  probe(options?: ProbeOptions): Promise<ProbeReport>;
  /** As probe, but rejects with a ConnectionError unless all is ready. Call it from a click: it asks, unless `ask` is false. */
  connect(options?: ProbeOptions): Promise<ProbeReport>;

  /** The readers and the cards in them. */
  readers(options?: CallOptions): Promise<Reader[]>;
  /** Reads the card. */
  read(options?: ReadOptions): Promise<ReadDocument>;
  /** Step one of a reading whose keys are in an HSM. */
  beginRead(options?: ReadOptions): Promise<PendingRead>;
  /** Step two, within a minute. */
  finishRead(options: FinishOptions): Promise<ReadDocument>;
  /** Has the card prove itself genuine. One that is not is an answer, and no error. */
  verify(options: VerifyOptions): Promise<Verification>;
  /** Calls a function of 人社信息函〔2016〕38号, such as `call("iReadCardBas", { iType: 1 })`. */
  call(name: string, params?: object, options?: CallOptions): Promise<FunctionResult>;

  version(options?: CallOptions): Promise<Version>;
  /** How the daemon is; needs no token. */
  health(options?: CallOptions): Promise<Health>;
  /** Labels of fields, values, codes and warnings in Chinese and English. */
  words(options?: CallOptions): Promise<Words>;

  /**
   * Any other request: resolves with the JSON document of the answer, or undefined where there is none. Like all calls but `probe()` and `connect()` it
   * rejects with a ConnectionError "permission_asked" where the browser would ask the person.
   */
  request(method: string, path: string, body?: unknown, options?: CallOptions): Promise<any>;

  /**
   * What happens at the readers: first a snapshot, then each event, through breaks and restarts; another snapshot tells that events were missed.
   * Ends when `signal` aborts; throws a ConnectionError where waiting does not help, and a TypeError where there is no WebSocket.
   */
  events(options?: EventOptions): AsyncGenerator<TerminalEvent, void, void>;
  /** The same for callbacks. Without `onState`, the error that ends it is thrown where nobody catches it. Call what it returns to stop. */
  watch(onEvent: (event: TerminalEvent) => void, onState?: (state: WatchState, error?: unknown) => void): () => void;
}

/** The daemon's word that it cannot do what it was asked. Decide by `code`, show `hint`, quote `requestId` to support. */
export class SscardError extends Error {
  constructor(problem: Problem);
  readonly code: Code;
  /** whether the same request may succeed later */
  readonly retryable: boolean;
  readonly hint: Text;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly requestId?: string;
  readonly sw?: string;
}

/** The daemon was not reached: `state` says why, `hint` what to do. In the state "ready" it is there again, or was too slow. */
export class ConnectionError extends Error {
  constructor(report: ProbeReport, options?: { cause?: unknown });
  readonly state: ProbeState;
  readonly hint: Text;
}
