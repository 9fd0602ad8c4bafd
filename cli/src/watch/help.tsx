import { Box } from 'ink'
import { Tone } from './tone.tsx'

const LINES = [
  ['↑ ↓ j k', 'move; nothing that arrives moves the item under the cursor'],
  ['tab', 'between what waits and the agents'],
  ['enter', 'the whole item; space and b turn its pages'],
  ['a', 'approve; from level "required" on only once all of it was shown; acknowledges a ticket'],
  ['d', 'deny; asks for a reason, which the agent reads'],
  ['r', 'tell the agent something instead of running it; answer a question; resolve a ticket'],
  ['p s u', 'pause, stop, resume the agent under the cursor, or the agent of the item under it'],
  ['o', 'sort again by deadline, then by risk'],
  ['esc', 'back'],
  ['q', 'quit'],
] as const

const REMARKS = [
  'Countdowns go by the server’s clock. LEASE is how long an agent may still act without hearing',
  'from the control plane. WANTED is what was ordered, ACKNOWLEDGED what the agent said it does.',
  'To run an action with edited arguments: holdpoint approve <id> --args @file',
] as const

export const Help = () => (
  <Box flexDirection="column">
    <Tone bold>KEYS</Tone>
    {LINES.map(([keys, meaning]) => (
      <Tone key={keys}>{`  ${keys.padEnd(9)} ${meaning}`}</Tone>
    ))}
    <Tone> </Tone>
    {REMARKS.map((remark) => (
      <Tone key={remark} dimColor>
        {remark}
      </Tone>
    ))}
  </Box>
)
