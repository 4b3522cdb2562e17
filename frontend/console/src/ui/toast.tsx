// Short words about what was done or went wrong, read out, and gone by themselves.
import { Toast } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';

type Message = { id: number; text: string; isProblem: boolean };
type Show = (text: string, isProblem?: boolean) => void;

const ShowContext = createContext<Show>(() => undefined);

/** @returns what shows a message; of a problem what was tried and what the engine said */
export const useToast = (): Show => useContext(ShowContext);

/** More at once nobody reads. */
const shownMax = 4;

export function Toaster({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const show = useCallback<Show>((text, isProblem = false) => {
    setMessages((all) => [...all.slice(1 - shownMax), { id: (all.at(-1)?.id ?? 0) + 1, text, isProblem }]);
  }, []);
  return (
    <ShowContext value={show}>
      <Toast.Provider swipeDirection="right" duration={6_000}>
        {children}
        {messages.map(({ id, text, isProblem }) => (
          <Toast.Root
            key={id}
            type={isProblem ? 'foreground' : 'background'}
            onOpenChange={() => setMessages((all) => all.filter((message) => message.id !== id))}
            className={`rounded-md border border-line bg-raised px-4 py-3 text-sm shadow-overlay ${isProblem ? 'text-bad' : ''}`}
          >
            <Toast.Description>{text}</Toast.Description>
          </Toast.Root>
        ))}
        <Toast.Viewport className="fixed right-3 bottom-3 z-50 grid w-[min(24rem,calc(100vw-1.5rem))] gap-2" />
      </Toast.Provider>
    </ShowContext>
  );
}
