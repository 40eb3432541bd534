// Compiled, never run: what authors write must pass, and what is wrong must not.
import { ConnectionError, SscardError, Terminal } from "../sscard.js";
import type { Code, ProbeState, TerminalEvent } from "../sscard.js";

export async function author(terminal: Terminal, signal: AbortSignal) {
  const { state, hint, fields } = await terminal.probe({ ask: true, timeout: 1000, signal });
  const known: Record<ProbeState, string> = {
    ready: "", absent: "", permission_asked: "", permission_denied: "", permission_blocked: "", insecure: "", origin_denied: "",
    too_old: "", unauthorized: "",
  };
  console.log(known[state], hint.zh, fields?.includes("holder.name"));

  const document = await terminal.read({ interface: "auto", fields: ["holder"], timeoutMs: 1000, timeout: 2000, signal });
  const name: string | undefined = document.holder?.name;
  for (const { field, reason } of document.missing) console.log(name, field, reason satisfies Code);

  const { result, steps } = await terminal.verify({ nonce: "00".repeat(16) });
  console.log(result === "genuine", steps.map(({ step }) => step));
  const pending = await terminal.beginRead();
  await terminal.finishRead({ session: pending.session, answer: "" });
  console.log((await terminal.call("iReadCardBas", { iType: 1 })).pOutInfo, (await terminal.words()).codes["card.absent"].hint.en);

  const given: AbortSignal | undefined = signal.aborted ? undefined : signal;
  await terminal.connect({ signal: given });
  for await (const event of terminal.events({ signal: given })) told(event);
  new Terminal({ fetch: async (url: string, init?: { method?: string }) => ({ ok: true, status: 200, text: async () => url + init?.method }) });

  // @ts-expect-error: documents have the daemon's names, options have not
  await terminal.read({ timeout_ms: 1000 });
  // @ts-expect-error: a nonce is wanted
  await terminal.verify({});
  // @ts-expect-error: no such state
  if (state === "denied") return;
  // @ts-expect-error: no such code
  const code: Code = "card.missing";
  return code;
}

export function told(event: TerminalEvent): string {
  switch (event.type) {
    case "snapshot":
      return event.readers.map((reader) => reader.card?.card ?? "").join();
    case "card.inserted":
    case "card.identified":
    case "card.removed":
      return event.also?.[0]?.reader.id ?? event.card;
    case "reader.added":
    case "reader.removed":
      return event.reader.name;
    case "service.lost":
      return event.code ?? "";
    case "service.restored":
      return "";
    default: {
      const none: never = event;
      return none;
    }
  }
}

export function failed(error: unknown): string {
  if (error instanceof SscardError) return error.code === "card.absent" ? error.hint.zh : `${error.requestId}`;
  if (error instanceof ConnectionError) return error.state === "absent" ? error.hint.en : "";
  return "";
}

export async function followed(terminal: Terminal) {
  for await (const event of terminal.events()) if (event.type === "card.inserted") return event.reader.id;
  const stop: () => void = terminal.watch((event) => event.seq.toFixed(), (state, error) => console.log(state === "closed" && error));
  stop();
  return "";
}

/** The browser's own will do, and that of undici. */
export const terminals = [
  new Terminal(),
  new Terminal({ fetch: globalThis.fetch, WebSocket: globalThis.WebSocket }),
  new Terminal({ url: "http://127.0.0.1:17420", token: "t", atLeast: "0.1.0" }),
];
