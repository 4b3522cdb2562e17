// What stands where the engine has yet to answer: nothing for some seconds, and then that it is late, and the way on.
import { Button } from './button.tsx';
import { EmptyState } from './empty-state.tsx';

/** The class is in index.html, whose own notice comes as late. */
export const LateNotice = () => (
  <div className="late">
    <EmptyState title="The engine has not answered yet">
      <p className="mb-2">It is still being asked: the connection may be slow, or the engine busy.</p>
      <Button onClick={() => location.reload()}>Load the page anew</Button>
    </EmptyState>
  </div>
);

/** The same where nothing else is on the page. */
export const LatePage = () => (
  <main className="grid h-full place-items-center p-6">
    <LateNotice />
  </main>
);
