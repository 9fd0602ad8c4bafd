import type { ComponentChildren } from 'preact'
import { LinkPage } from './pages/link.tsx'
import { QueuePage } from './pages/queue.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { TicketsPage } from './pages/tickets.tsx'
import { Dialog } from './parts/dialog.tsx'
import { Header } from './parts/header.tsx'
import { later } from './parts/later.tsx'
import { Notices } from './parts/notices.tsx'
import { Orders } from './parts/orders.tsx'
import { StopAll } from './parts/stop-all.tsx'
import { closeOverlay, type Overlay, overlay } from './state/keys.ts'
import { connection } from './state/live.ts'
import { route } from './state/route.ts'
import { offeredLink, session } from './state/session.ts'

const asPage = (words: ComponentChildren) => <main>{words}</main>
const asDialog = (name: Overlay) => (words: ComponentChildren) => (
  <Dialog title="Not loaded" onClose={() => closeOverlay(name)}>
    {words}
  </Dialog>
)
const AdvancePage = later((rest) => rest.AdvancePage, asPage)
const AgentPage = later((rest) => rest.AgentPage, asPage)
const AgentsPage = later((rest) => rest.AgentsPage, asPage)
const HistoryPage = later((rest) => rest.HistoryPage, asPage)
const InsightPage = later((rest) => rest.InsightPage, asPage)
const Help = later((rest) => rest.Help, asDialog('help'))
const Palette = later((rest) => rest.Palette, asDialog('palette'))
const Settings = later((rest) => rest.Settings, asDialog('settings'))

/** The others tell what was done beside the card. */
const WITHOUT_CARD: ReadonlySet<string> = new Set(['agents', 'advance', 'history', 'insight'])

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
      {WITHOUT_CARD.has(route.value.page) ? <Notices /> : null}
      <OnTop />
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

function OnTop() {
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
