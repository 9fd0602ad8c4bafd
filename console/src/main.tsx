import { render } from 'preact'
import { App } from './app.tsx'
import { followLater } from './parts/later.tsx'
import { followAgents } from './state/agents.ts'
import { followAlerts } from './state/alerts.ts'
import { followFlood } from './state/flood.ts'
import { followGists } from './state/gists.ts'
import { followHands } from './state/hands.ts'
import { followKeys } from './state/keys.ts'
import { followReplica } from './state/live.ts'
import { followLook } from './state/look.ts'
import { followQueue } from './state/queue.ts'
import { followRoute } from './state/route.ts'
import { followLinks, resume } from './state/session.ts'
import { followSettings } from './state/settings.ts'
import { followWake } from './state/wake.ts'

followLinks()
void resume()
followSettings()
followRoute()
followReplica()
followQueue()
followGists()
followHands()
followKeys()
followAlerts()
followAgents()
followFlood()
followLook()
followWake()
followLater()

const place = document.getElementById('console')
if (place) render(<App />, place)
