// Who sits at the page: a code from the address, or one that is typed.
import { $, act, once, set } from "./dom.js";
import { attempt } from "./message.js";

/** Takes the code out of the address, where it would stay in sight and in the history. */
function codeInAddress() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (location.hash.includes("=")) history.replaceState(null, "", location.pathname);
  return code;
}

export async function startSignIn(daemon, leaves) {
  const enter = (secret) => attempt(async () => {
    try {
      await daemon.signIn(secret);
      set($("secret"), { "aria-invalid": false });
    } catch (problem) {
      set($("secret"), { "aria-invalid": "true" });
      $("secret").focus();
      throw problem.code === "request.unauthorized" ? { code: problem.code, key: "signin.wrong" } : problem;
    }
  });

  set($("signin"), { onsubmit: (event) => {
    event.preventDefault();
    const input = $("secret");
    const secret = input.value.trim().replace(/^.*#code=/, ""); // the whole address does as well
    input.value = "";
    once(act("signin"), () => enter(secret));
  } });
  set(act("signout"), { onclick: () => attempt(() => daemon.signOut(leaves())) });

  const code = codeInAddress();
  if (code) await enter(code);
  if (!daemon.state) daemon.resume();
  addEventListener("hashchange", () => {
    const another = codeInAddress();
    if (another) enter(another);
  });
}
