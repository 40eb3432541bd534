// Against a real daemon. Persons and keys are invented.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { WebSocket } from "undici";

import { SscardError, Terminal } from "../sscard.js";
import { Daemon, trust } from "./daemon.js";

const desk = `readers:
  - {name: "Desk Contact 00", card: gen2}
  - {name: "Desk Contactless 00", card: gen3-contactless}
  - {name: "Spare Contact 00"}
  - {name: "Old Contact 00", card: gen1, fault: "removed@3"}
`;

const config = `events: {identify: false}
trust: {roots: [${trust.roots}], intermediates: [${trust.intermediates}]}
origins:
  - origin: https://hall.example
    fields: [holder.name]
  - origin: https://his.example
`;

describe("a real daemon", { timeout: 120_000 }, () => {
  const daemon = new Daemon(desk, config);
  before(() => daemon.start());
  after(() => daemon.remove());

  const program = (options) => new Terminal({ url: daemon.url, token: daemon.token, WebSocket, ...options });
  /** A page, as far as the daemon can tell. */
  const pageOf = (origin, options) =>
    new Terminal({ url: daemon.url, fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, Origin: origin } }), ...options });

  test("who may call", async () => {
    for (const [terminal, state] of [
      [program(), "ready"],
      [program({ token: undefined }), "unauthorized"],
      [program({ token: "wrong" }), "unauthorized"],
      [program({ atLeast: "99.0.0" }), "too_old"],
      [pageOf("https://his.example"), "ready"],
      [pageOf("https://evil.example"), "origin_denied"],
    ]) {
      assert.equal((await terminal.probe()).state, state);
    }
    const limited = await pageOf("https://hall.example").connect();
    assert.deepEqual(limited.fields, ["holder.name"]);
    assert.equal(limited.functions, false);
    const free = await pageOf("https://his.example").connect();
    assert.equal(free.fields, undefined);
    assert.equal(free.functions, true);
    assert.match(free.version, /^\d+\.\d+\.\d+/);
  });

  test("reads", async () => {
    const terminal = program();
    const readers = await terminal.readers();
    assert.deepEqual(readers.map(({ name, interface: on, card }) => [name, on, !!card]), [
      ["Desk Contact 00", "contact", true],
      ["Desk Contactless 00", "contactless", true],
      ["Spare Contact 00", "contact", false],
      ["Old Contact 00", "contact", true],
    ]);
    const document = await terminal.read({ reader: readers[0].id, timeoutMs: 9000 });
    assert.equal(document.holder.name, "王小明");
    assert.equal(document.generation, 2);
    const part = await terminal.read({ reader: "Desk Contact 00", fields: ["holder.name"] });
    assert.deepEqual(part.holder, { name: "王小明" });
    const gen3 = await terminal.read({ interface: "contactless" });
    assert.deepEqual(gen3.missing, [{ field: "holder", reason: "auth.required" }]);
    assert.equal(gen3.holder, undefined);
    assert.deepEqual((await pageOf("https://hall.example").read({ reader: "Desk Contact 00", fields: ["holder.name"] })).holder, { name: "王小明" });
  });

  test("errors have codes", async () => {
    const terminal = program();
    const end = new AbortController();
    end.abort();
    for (const [call, code, status] of [
      [() => terminal.read({ reader: "Spare Contact 00" }), "card.absent", 409],
      [() => terminal.read({ reader: "Old Contact 00" }), "card.removed", 409],
      [() => terminal.read({ reader: "nobody" }), "reader.unknown", 404],
      [() => terminal.read({ fields: ["holder.shoe_size"] }), "request.invalid", 400],
      [() => terminal.verify({ nonce: "xy" }), "request.invalid", 400],
      [() => terminal.finishRead({ session: "none", answer: "" }), "session.unknown", 404],
      [() => terminal.call("iReadNothing"), "request.invalid", 404],
      [() => terminal.request("GET", "/v1/nothing"), "request.invalid", 404],
      [() => program({ token: "wrong" }).readers(), "request.unauthorized", 401],
      [() => pageOf("https://evil.example").readers(), "request.origin_denied", 403],
      [() => pageOf("https://hall.example").read({ reader: "Desk Contact 00", fields: ["holder.sex"] }), "request.field_denied", 403],
    ]) {
      await assert.rejects(call(), (error) => {
        assert.ok(error instanceof SscardError, String(error));
        assert.deepEqual([error.code, error.status], [code, status]);
        assert.ok(error.hint.zh && error.hint.en && error.title && error.requestId);
        return true;
      });
    }
    await assert.rejects(terminal.read({ signal: end.signal }), { name: "AbortError" });
  });

  test("a card proves itself", async () => {
    const { result, method, steps, evidence, read } = await program().verify({ interface: "contactless", nonce: "5f0c6a1d9b3e48d2a7c4f1b08e6d3795", origin: "https://hall.example", fields: ["issuer.card_number"] });
    assert.deepEqual({ result, method }, { result: "genuine", method: "sm2" });
    assert.deepEqual(steps.find(({ step }) => step === "signature"), { step: "signature", result: "passed" });
    assert.equal(JSON.parse(Buffer.from(evidence, "base64url")).origin, "https://hall.example");
    assert.equal(read.issuer.card_number, "A00000003");
    const old = await program().verify({ reader: "Desk Contact 00", nonce: "5f0c6a1d9b3e48d2a7c4f1b08e6d3795", origin: "https://hall.example" });
    assert.equal(old.result, "unchecked");
    assert.equal(old.reason, "sam.absent");
  });

  test("functions, and a reading in two steps", async () => {
    const terminal = program();
    const result = await terminal.call("iReadCardBas", { iType: 9 });
    assert.equal(result.return, -14);
    const pending = await terminal.beginRead({ interface: "contactless" });
    assert.match(pending.request, /^510100\|/);
    await assert.rejects(terminal.finishRead({ session: pending.session, answer: "nonsense" }), SscardError);
  });

  test("words, version, health, origins", async () => {
    const terminal = program();
    const words = await pageOf("https://hall.example").words();
    assert.equal(words.fields["holder.sex"].values["2"].en, "Female");
    assert.ok(words.codes["card.absent"].hint.zh && words.groups.holder.zh && words.steps.chain.zh);
    assert.equal((await terminal.version()).api, "1");
    assert.equal((await program({ token: undefined }).health()).readers, 4);
    assert.equal(await terminal.request("POST", "/v1/origins", { origin: "https://new.example" }), undefined);
    assert.equal((await pageOf("https://new.example").probe()).state, "ready");
    assert.equal(await terminal.request("DELETE", "/v1/origins", { origin: "https://new.example" }), undefined);
    assert.equal((await pageOf("https://new.example").probe()).state, "origin_denied");
  });

  test("events go on where they were after a break, and begin anew after a restart", async () => {
    await daemon.stop();
    await daemon.start(); // it has not read any card yet
    const sockets = [];
    class Kept extends WebSocket {
      constructor(...args) {
        super(...args);
        sockets.push(this);
      }
    }
    let gate = Promise.resolve(); // before the way to the daemon, so that something can happen there meanwhile
    const terminal = program({ WebSocket: Kept, fetch: async (...args) => (await gate, fetch(...args)) });
    const events = terminal.events();
    const next = async () => (await events.next()).value;

    const first = await next();
    assert.equal(first.type, "snapshot");
    assert.equal(first.reset, undefined);
    assert.equal(first.readers.length, 4);

    let open;
    gate = new Promise((resolve) => { open = resolve; });
    const broken = next();
    sockets[0].close();
    await program().read({ reader: "Desk Contact 00" });
    open();
    const missed = await broken;
    assert.deepEqual([missed.type, missed.seq, missed.generation], ["card.identified", first.seq + 1, 2]);
    assert.match(sockets[1].url, /since=/);

    const anew = next();
    await daemon.stop();
    assert.equal((await terminal.probe()).state, "absent");
    await daemon.start();
    const snapshot = await anew;
    assert.equal(snapshot.type, "snapshot");
    assert.equal(snapshot.reset, true);
    assert.notEqual(snapshot.life, first.life);
    await events.return();
  });

  test("events without the token", async () => {
    await assert.rejects(program({ token: "wrong" }).events().next(), { name: "ConnectionError", state: "unauthorized" });
  });
});
