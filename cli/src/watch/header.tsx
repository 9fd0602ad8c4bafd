import type { ConnectionStatus } from '@holdpoint/client/operator'
import { Box } from 'ink'
import { duration, localTime } from '../output/format.ts'
import { Tone } from './tone.tsx'

/** Whose console this is, and whether what it shows is true. */
export function Header({ url, connection, now }: { url: string; connection: ConnectionStatus; now: number }) {
  const today = new Date(now)
  return (
    <Box justifyContent="space-between">
      <Tone bold>
        HOLDPOINT <Tone dimColor>{url}</Tone>
      </Tone>
      {/* where both have no room the address gives way: whether decisions count must be read */}
      <Box flexShrink={0} marginLeft={1}>
        <Tone>
          <Connection connection={connection} today={today} /> {localTime(today.toISOString(), today)}
        </Tone>
      </Box>
    </Box>
  )
}

function Connection({ connection, today }: { connection: ConnectionStatus; today: Date }) {
  const { status, since } = connection
  if (status === 'live') return <Tone color="green">● live</Tone>
  if (status === 'silent')
    return (
      <Tone
        color="yellow"
        bold
      >{`○ no sign of life for ${duration(Date.now() - since)}, decisions off`}</Tone>
    )
  const when = localTime(new Date(since).toISOString(), today)
  return (
    <Tone color={status === 'stale' ? 'red' : 'yellow'} bold>
      {status === 'stale'
        ? `○ STALE since ${when}, decisions off`
        : `○ reconnecting since ${when}, decisions off`}
    </Tone>
  )
}
