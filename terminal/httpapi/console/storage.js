// What the browser keeps for the page. One that may keep nothing throws; then it is kept while the page is open.

/** @param {"localStorage" | "sessionStorage"} area @param {string} key */
export function kept(area, key) {
  let value = null;
  const attempt = (work) => {
    try {
      return work(window[area]);
    } catch {
      return value;
    }
  };
  return {
    get: () => attempt((storage) => storage.getItem(key)),
    set(next) {
      value = next;
      attempt((storage) => (next === null ? storage.removeItem(key) : storage.setItem(key, next)));
    },
  };
}
