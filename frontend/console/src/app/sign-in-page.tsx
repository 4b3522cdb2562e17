// The way in: a name in development, elsewhere the provider that the operator has chosen, or a token.
import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Mark } from './mark.tsx';
import { type SignIn, signInAtProvider, signInByName } from './signed-in-user.ts';
import { TokenForm } from './token-form.tsx';

export function SignInPage({ way }: { way: SignIn['signIn'] }) {
  return (
    <main className="grid h-full place-items-center p-6">
      <div className="grid w-full max-w-sm gap-6">
        <div className="grid gap-2">
          <Mark />
          <h1 className="text-xl font-semibold">Sign in to Lucid</h1>
        </div>
        {way === 'name' && <NameForm />}
        {way === 'oidc' && (
          <Button tone="primary" onClick={signInAtProvider}>
            Continue with your organisation
          </Button>
        )}
        {way === 'token' && <TokenForm />}
      </div>
    </main>
  );
}

function NameForm() {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setProblem(undefined);
    signInByName(name.trim()).catch((error: Error) => setProblem(error.message));
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field
        label="Your name"
        hint="This engine runs in development: any name will do, and what it did before is there again."
        problem={problem}
        value={name}
        onChange={(event) => setName(event.target.value)}
        autoComplete="username"
        autoFocus
        required
      />
      <Button tone="primary" type="submit" disabled={name.trim() === ''}>
        Continue
      </Button>
    </form>
  );
}
