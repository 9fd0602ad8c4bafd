import { useEffect, useState } from 'preact/hooks'
import { StandingGrants } from '../parts/standing-grants.tsx'
import { onEvent } from '../state/live.ts'
import { linkTo } from '../state/route.ts'

/** All that people have released in advance, whatever agent it is for: what nobody will be asked about. */
export function AdvancePage() {
  const [version, setVersion] = useState(0)
  useEffect(
    () => onEvent(({ type }) => void (type.startsWith('standing.') && setVersion((count) => count + 1))),
    [],
  )
  return (
    <main class="history">
      <h1>Released in advance</h1>
      <p class="muted">
        What nobody is asked about. It is given on the page of <a href={linkTo('agents')}>an agent</a>.
      </p>
      <StandingGrants version={version} />
    </main>
  )
}
