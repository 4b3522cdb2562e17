// Shows what is for those who have signed in, and to everybody else the way in.
import type { ReactNode } from 'react';
import { Failure } from '../ui/failure.tsx';
import { LatePage } from '../ui/late-page.tsx';
import { SignInPage } from './sign-in-page.tsx';
import { useSignIn } from './signed-in-user.ts';

export function SignedIn({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useSignIn();
  if (data?.user) return children;
  if (data) return <SignInPage way={data.signIn} />;
  if (!error) return <LatePage />;
  return (
    <main className="grid h-full place-items-center p-6">
      <Failure error={error} doing="Asking who you are" retry={() => void refetch()} />
    </main>
  );
}
