import { AdvancePage } from './pages/advance.tsx'
import { AgentPage } from './pages/agent.tsx'
import { AgentsPage } from './pages/agents.tsx'
import { HistoryPage } from './pages/history.tsx'
import { InsightPage } from './pages/insight.tsx'
import { ArgsFields } from './parts/args-fields.tsx'
import { EditForm } from './parts/edit-form.tsx'
import { Help } from './parts/help.tsx'
import { Palette } from './parts/palette.tsx'
import { Settings } from './parts/settings.tsx'

/** What is not needed for the first look at what waits: one file of its own, fetched after it. See `parts/later.tsx`. */
export const rest = {
  AdvancePage,
  AgentPage,
  AgentsPage,
  ArgsFields,
  EditForm,
  Help,
  HistoryPage,
  InsightPage,
  Palette,
  Settings,
}
