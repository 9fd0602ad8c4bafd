import { AdvancePage } from './pages/advance.tsx'
import { AgentPage } from './pages/agent.tsx'
import { AgentsPage } from './pages/agents.tsx'
import { HistoryPage } from './pages/history.tsx'
import { InsightPage } from './pages/insight.tsx'
import { LinkPage } from './pages/link.tsx'
import { QueuePage } from './pages/queue.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { TicketsPage } from './pages/tickets.tsx'
import { Header } from './parts/header.tsx'
import { Help } from './parts/help.tsx'
import { Notices } from './parts/notices.tsx'
import { Orders } from './parts/orders.tsx'
import { Palette } from './parts/palette.tsx'
import { Settings } from './parts/settings.tsx'
import { StopAll } from './parts/stop-all.tsx'
import { overlay } from './state/keys.ts'
import { connection } from './state/live.ts'
import { route } from './state/route.ts'
import { offeredLink, session } from './state/session.ts'

export function App() {
  if (offeredLink.value !== undefined) return <LinkPage key={offeredLink.value} link={offeredLink.value} />
  if (!session.value) return <SignInPage />
  return (
    <div class={`shell ${connection.value.status}`}>
      <button type="button" class="skip" onClick={() => document.getElementById('page')?.focus()}>
        To the page
      </button>
      <Header />
      <Orders />
      <div id="page" class="page" tabIndex={-1}>
        <Page />
      </div>
      {overlay.value === undefined ? <Notices /> : null}
      <Overlay />
    </div>
  )
}

function Page() {
  const { page, id } = route.value
  switch (page) {
    case 'agents':
      return id === undefined ? <AgentsPage /> : <AgentPage key={id} id={id} />
    case 'advance':
      return <AdvancePage />
    case 'tickets':
      return <TicketsPage id={id} />
    case 'history':
      return <HistoryPage id={id} />
    case 'insight':
      return <InsightPage />
    default:
      return <QueuePage id={id} />
  }
}

function Overlay() {
  switch (overlay.value) {
    case 'help':
      return <Help />
    case 'palette':
      return <Palette />
    case 'settings':
      return <Settings />
    case 'stop-all':
      return <StopAll />
    default:
      return null
  }
}
