// The operator's page: how the engine is, everybody's sessions and users, what they cost, and all that is measured.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useSignIn } from '../app/signed-in-user.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { type Tab, Tabs } from '../ui/tabs.tsx';
import { CostsTab } from './costs-tab.tsx';
import { EngineTab } from './engine-tab.tsx';
import { MetricsTab } from './metrics-tab.tsx';
import { SessionsTab } from './sessions-tab.tsx';
import { useMetricHistory } from './use-metric-history.ts';
import { UsersTab } from './users-tab.tsx';

export function AdminPage() {
  const { data } = useSignIn();
  useEffect(() => {
    document.title = 'Admin – Lucid';
  }, []);
  if (data && !data.isAdmin)
    return (
      <main className="h-full overflow-y-auto">
        <h1 className="sr-only">Admin</h1>
        <EmptyState title="This page is for admins">
          Ask those who run this engine to add you to their admin group.
        </EmptyState>
      </main>
    );
  return <AdminTabs />;
}

function AdminTabs() {
  const { tab = 'engine' } = useSearch({ from: '/signed-in/admin' });
  const navigate = useNavigate({ from: '/admin' });
  const metrics = useMetricHistory(); // Charts have something to show, whichever tab one began with.
  const tabs: Tab[] = [
    { name: 'engine', label: 'Engine', content: <EngineTab /> },
    { name: 'sessions', label: 'Sessions', content: <SessionsTab /> },
    { name: 'users', label: 'Users', content: <UsersTab /> },
    { name: 'costs', label: 'Costs', content: <CostsTab /> },
    { name: 'metrics', label: 'Metrics', content: <MetricsTab {...metrics} /> },
  ].map((each) => ({ ...each, content: <div className="mx-auto max-w-6xl p-4 sm:p-6">{each.content}</div> }));
  return (
    <main className="h-full">
      <h1 className="sr-only">Admin</h1>
      <Tabs
        label="Admin"
        tabs={tabs}
        shown={tab}
        onShow={(name) => void navigate({ search: name === 'engine' ? {} : { tab: name }, replace: true })}
      />
    </main>
  );
}
