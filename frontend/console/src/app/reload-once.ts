// Loads the page anew where its parts are no longer there, and not again and again where that doesn't help.

const storedAs = 'lucid.reloadedAtMs';
/** A second failure within it is no update, but something that stays. */
const quietMs = 60_000;

export function reloadOnce(): void {
  const lastMs = Number(sessionStorage.getItem(storedAs) ?? 0);
  if (Date.now() - lastMs < quietMs) return;
  sessionStorage.setItem(storedAs, String(Date.now()));
  location.reload();
}
