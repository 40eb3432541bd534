// What codes and fields are called, as the daemon has it: the page has no table of its own.
import { inWords, t } from "./language.js";

let words = { codes: {}, warnings: {}, steps: {}, groups: {}, fields: {} };

export async function fetchWords(daemon) {
  words = { ...words, ...(await daemon.request("GET", "/v1/words")) };
}

const own = (object, key) => (Object.hasOwn(object ?? {}, key) ? object[key] : undefined);

export const meaningOf = (code) => own(words.codes, code);
export const titleIn = (code) => inWords(meaningOf(code)?.title, code);

/** A code in words, and what to do. */
export const remedyIn = (code) => t("of", { what: titleIn(code), name: inWords(meaningOf(code)?.hint) });

const among = (table) => (name) => inWords(own(words[table], name), name);
export const warningIn = among("warnings");
export const stepIn = among("steps");
export const groupIn = among("groups");

/** The label of "holder.name", or of a whole group. */
export const fieldIn = (field) => inWords(own(words.fields, field)?.label) || groupIn(field);

/** What a coded value means; nothing where the value speaks for itself. */
export const valueIn = (field, value) => inWords(own(own(words.fields, field)?.values, value));

/** All fields by their group, for who chooses among them. */
export function fieldsByGroup() {
  const groups = new Map();
  for (const field of Object.keys(words.fields)) {
    const group = field.slice(0, field.indexOf("."));
    groups.set(group, [...(groups.get(group) ?? []), field]);
  }
  return groups;
}
