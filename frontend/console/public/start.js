// Asks again for what the page can't begin without where that did not come, and says so where that doesn't help. A browser
// breaks off what it loads when the machine's networks change, and does not ask for it again.

const triesMax = 5;
const pauseMs = 200;
/** Under which the tries to load the page are counted, in this tab. */
const key = 'lucid-console-tries';

/** By then every file has come or failed. The notice is there until the first script has run, which needs all others. */
addEventListener('load', () => {
  const notice = document.querySelector('#console > .late');
  if (notice !== null) return beginAnew(notice);
  keepTries(0);
  if (getComputedStyle(document.documentElement).getPropertyValue('--color-page') === '') loadStyles(1);
});

/** Scripts that failed come with a new page only; nothing is on this one yet. */
function beginAnew(notice) {
  const tries = countTries() + 1;
  if (tries < triesMax && keepTries(tries)) return setTimeout(() => location.reload(), pauseMs * 2 ** tries);
  keepTries(0);
  notice.classList.remove('late'); // It is shown at once.
}

/** The page is in use by now, so it stays. */
function loadStyles(tries) {
  for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
    const again = link.cloneNode();
    again.addEventListener('error', () => {
      if (tries < triesMax) setTimeout(() => loadStyles(tries + 1), pauseMs * 2 ** tries);
    });
    link.replaceWith(again);
  }
}

function countTries() {
  try {
    return Number(sessionStorage.getItem(key));
  } catch {
    return 0;
  }
}

/** @returns whether they are kept: a browser may forbid it, and the page would be loaded anew for ever */
function keepTries(tries) {
  try {
    if (tries === 0) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, String(tries));
    return true;
  } catch {
    return false;
  }
}
