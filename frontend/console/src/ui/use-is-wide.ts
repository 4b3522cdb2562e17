// Whether the window is at least so wide, as it changes.
import { useIsMatching } from './use-is-matching.ts';

export const useIsWide = (widthPixels: number): boolean => useIsMatching(`(min-width: ${widthPixels}px)`);
