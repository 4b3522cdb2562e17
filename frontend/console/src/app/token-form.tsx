// The way in with a token: it and the admin key are in the fields alone, and go from there to the engine.
import { type FormEvent, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { signInByToken } from './signed-in-user.ts';

/** Browsers don't offer to keep what counts once. Without a name no field gets into an address. */
const secret = { type: 'password', autoComplete: 'one-time-code', spellCheck: false } as const;

export function TokenForm() {
  const token = useRef<HTMLInputElement>(null);
  const adminKey = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isAsking) return;
    setProblem(undefined);
    setAsking(true);
    signInByToken(take(token.current), take(adminKey.current))
      .catch((error: Error) => {
        setProblem(error.message);
        token.current?.focus();
      })
      .finally(() => setAsking(false));
  };
  return (
    <form onSubmit={submit} aria-label="Sign in with a token" className="grid gap-4">
      <p className="text-muted">
        Most people come here from the front end that they use. Whoever runs the engine makes a token with{' '}
        <Command>npm run -s token -- NAME</Command>, in Docker with{' '}
        <Command>docker compose exec ai_engine node engine/commands/token.ts NAME</Command>.
      </p>
      <Field ref={token} label="Token" problem={problem} {...secret} autoFocus required />
      <Field
        ref={adminKey}
        label="Admin key"
        hint="For the page Admin: the engine’s ADMIN_KEY. Everybody else leaves it empty."
        {...secret}
      />
      <Button tone="primary" type="submit" disabled={isAsking}>
        Sign in with a token
      </Button>
    </form>
  );
}

/** @returns what is in a field, which is empty from then on */
function take(field: HTMLInputElement | null): string {
  const given = field?.value.trim() ?? '';
  if (field) field.value = '';
  return given;
}

const Command = ({ children }: { children: string }) => (
  <code className="break-words font-mono text-sm text-text">{children}</code>
);
