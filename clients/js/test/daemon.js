// Starts the daemon of this checkout with readers and cards in memory.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));

/** One daemon, which can be stopped and started again at the same address, with the same state. */
export class Daemon {
  /** `cards` are the lines of the file for --driver virtual:FILE, `config` those of the configuration. */
  constructor(cards, config = "") {
    this.folder = mkdtempSync(join(tmpdir(), "sscard-js-"));
    this.binary = join(this.folder, "sscard");
    execFileSync(process.env.GO ?? "go", ["build", "-o", this.binary, "./cmd/sscard"], { cwd: checkout, stdio: "inherit" });
    this.cards = this.#file("desk.yaml", cards);
    this.config = this.#file("config.yaml", config);
    this.listen = "127.0.0.1:0";
  }

  async start() {
    const state = join(this.folder, "state");
    this.process = spawn(this.binary, ["--lang", "en", "serve", "--state-dir", state, "--config", this.config, "--driver", `virtual:${this.cards}`, "--listen", this.listen], { cwd: checkout, stdio: ["ignore", "ignore", "pipe"] });
    this.ended = new Promise((resolve) => this.process.once("exit", resolve));
    const said = [];
    for await (const line of createInterface(this.process.stderr)) {
      said.push(line);
      const found = /listening on (http:\/\/([\d.]+:\d+))/.exec(line);
      if (!found) continue;
      [, this.url, this.listen] = found;
      this.process.stderr.resume(); // or it would wait for a reader of its log
      this.token = readFileSync(join(state, "token"), "utf8").trim();
      return;
    }
    throw new Error(`the daemon did not start:\n${said.join("\n")}`);
  }

  async stop() {
    this.process?.kill();
    await this.ended;
  }

  /** Stops it, and leaves nothing behind. */
  async remove() {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  #file(name, text) {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }
}

export const trust = {
  roots: join(checkout, "testdata/trust/root.pem"),
  intermediates: join(checkout, "testdata/trust/province.pem"),
};
