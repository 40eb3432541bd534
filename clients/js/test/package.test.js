import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import * as client from "../sscard.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const description = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

test("the package has what it needs, and nothing else", () => {
  const [pack] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  assert.deepEqual(pack.files.map(({ path }) => path).sort(), ["LICENSE", "README.md", "README.zh.md", "package.json", "sscard.d.ts", "sscard.js"]);
  assert.equal(pack.name, "sscard");
  assert.equal(description.dependencies, undefined, "it needs no other package");
});

test("it exports three classes", () => {
  assert.deepEqual(Object.keys(client).sort(), ["ConnectionError", "SscardError", "Terminal"]);
});

test("it is found by its name, with its types", async () => {
  assert.equal(await import("sscard"), client);
  assert.deepEqual(description.exports["."], { types: "./sscard.d.ts", default: "./sscard.js" });
});

// The types are written by hand, for people to read. Here they are compared with those that the source has.
test("the source keeps what its types promise", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sscard-types-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tsc = (...args) => execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...args], { cwd: root, encoding: "utf8" });
  const source = readFileSync(join(root, "sscard.js"), "utf8").replaceAll('"./sscard.js"', '"./declared.js"');
  writeFileSync(join(folder, "made.js"), source);
  writeFileSync(join(folder, "declared.d.ts"), readFileSync(join(root, "sscard.d.ts")));
  writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  writeFileSync(join(folder, "compare.ts"), `
import * as made from "./made.js";
import type * as declared from "./declared.js";
export const client: Pick<typeof declared, "Terminal" | "SscardError" | "ConnectionError"> = made;
export const parameters: (...args: Parameters<declared.Terminal["read"]>) => unknown = (...args) => new made.Terminal().read(...args);
`);
  const options = ["--target", "es2022", "--module", "nodenext", "--strict", "--noEmit", "--allowJs", "--checkJs"];
  try {
    tsc(...options, join(folder, "compare.ts"));
  } catch (error) {
    assert.fail(error.stdout);
  }
});
