// How one likes diffs, remembered by the browser.
import { useState } from 'react';

export type DiffChoice = 'sideBySide' | 'unified';

const key = 'lucid-diff';

/** Where the browser keeps nothing for this page, the choice holds as long as the page. */
export function useDiffChoice(): [DiffChoice, (choice: DiffChoice) => void] {
  const [choice, setChoice] = useState(readDiffChoice);
  return [
    choice,
    (next) => {
      setChoice(next);
      keepDiffChoice(next);
    },
  ];
}

function readDiffChoice(): DiffChoice {
  try {
    return localStorage.getItem(key) === 'unified' ? 'unified' : 'sideBySide';
  } catch {
    return 'sideBySide';
  }
}

function keepDiffChoice(choice: DiffChoice): void {
  try {
    localStorage.setItem(key, choice);
  } catch {
    // The next page asks for it again.
  }
}
