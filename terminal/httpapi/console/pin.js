// The holder's PIN goes from this dialog to the daemon, and is kept nowhere: browsers offer to keep passwords, but no one-time codes.
import { $, act, refill, repeatedly, set } from "./dom.js";
import { t } from "./language.js";
import { tell } from "./message.js";

const wait = 25; // in sight only: a browser has few connections for all its tabs
const pause = 2000;
const over = { code: "pin.timeout", key: "pin.over" };

export function pinDialog(daemon) {
  const dialog = $("pin-dialog");
  const input = $("pin");
  let prompt;
  let seen = "";
  let asking = new AbortController();

  const show = () => {
    document.title = document.title.replace(/^(PIN · )?/, prompt ? "PIN · " : "");
    if (!prompt) return;
    dialog.setAttribute("data-prompt", prompt.prompt);
    $("pin-title").textContent = t(`pin:${prompt.prompt}`);
    $("pin-hint").textContent = t("pin.hint");
    input.title = t("pin.hint");
    const { reader, caller } = prompt;
    refill($("pin-for"), [reader && t("pin.reader", reader), caller && t("pin.caller", { caller })].filter(Boolean).join(" · "));
  };

  const ask = (next) => {
    if (next?.id === prompt?.id) return;
    input.value = "";
    prompt = next;
    show();
    if (prompt && !dialog.open) dialog.showModal();
    if (!prompt && dialog.open) dialog.close();
    if (prompt) input.focus();
  };

  const answer = async (body) => {
    const answered = prompt;
    ask(undefined);
    if (!answered) return;
    try {
      await daemon.request("POST", `/v1/pin/${encodeURIComponent(answered.id)}`, body);
    } catch (problem) {
      tell(problem.status === 404 ? over : problem);
      if (problem.status === 429) ask(answered);
    }
  };

  const { start: follow, stop: rest } = repeatedly(pause, async () => {
    const { signal } = (asking = new AbortController());
    for (let news = true; news; ) {
      const { prompts } = await daemon.request("GET", `/v1/pin?wait=${document.hidden ? 0 : wait}&seen=${seen}`, undefined, { signal, timeout: (wait + 10) * 1000 });
      if (signal.aborted) return;
      const ids = prompts.map(({ id }) => encodeURIComponent(id)).join();
      news = ids !== seen;
      seen = ids;
      if (prompt && !prompts[0]) tell(over);
      if (news || prompt) ask(prompts[0]);
    }
  });

  const stop = () => {
    rest();
    asking.abort();
    seen = "";
    ask(undefined);
  };

  const cancel = (event) => {
    event.preventDefault();
    answer({ cancel: true });
  };
  set(input, { oninput: () => (input.value = input.value.replace(/\D/g, "")) });
  set($("pin-form"), { onsubmit: (event) => {
    event.preventDefault();
    answer({ pin: input.value });
  } });
  set(act("pin-cancel"), { onclick: cancel });
  set(dialog, { oncancel: cancel, onclose: (event) => dialog.open || cancel(event) }); // a browser may close it all the same
  return { follow, stop, show };
}
