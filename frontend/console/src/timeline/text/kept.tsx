// What one has opened in a timeline, kept while its item is scrolled out of sight and isn't there.
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';

type Kept = { values: Map<string, unknown>; of: string };

const KeptContext = createContext<Kept>({ values: new Map(), of: '' });

type KeptValuesProps = { values: Map<string, unknown>; of: number | string; children: ReactNode };

/** @param of the item whose values these are */
export function KeptValues({ values, of, children }: KeptValuesProps) {
  const kept = useMemo(() => ({ values, of: String(of) }), [values, of]);
  return <KeptContext value={kept}>{children}</KeptContext>;
}

/** As `useState`, for as long as the timeline is shown. */
export function useKept<Value>(name: string, initial: Value): [Value, (value: Value) => void] {
  const { values, of } = useContext(KeptContext);
  const key = `${of} ${name}`;
  const [value, setValue] = useState<Value>(() => (values.has(key) ? (values.get(key) as Value) : initial));
  return [
    value,
    (next) => {
      values.set(key, next);
      setValue(next);
    },
  ];
}

export const useKeptValues = (): Map<string, unknown> => useContext(KeptContext).values;
