import { Box } from 'ink'
import { Tone } from './tone.tsx'

// The narrowest screen (screen.tsx) shows these lines whole, and the lowest usual one all of them.
const LINES = [
  ['↑ ↓ j k', 'move; what arrives never moves what you look at'],
  ['tab', 'between what waits and the agents'],
  ['enter', 'open the whole item; space and b turn its pages'],
  ['a', 'approve what was shown whole; ack a ticket'],
  ['', '(from "required" on: once it was opened)'],
  ['d', 'deny; asks for a reason, which the agent reads'],
  ['r', 'respond instead; answer; resolve a ticket'],
  ['p s u', 'pause, stop, resume: the agent, or the item’s'],
  ['o', 'sort again by deadline, then by risk'],
  ['#1a2b3c4d', 'digest: a line like it would run other bytes'],
  ['esc q', 'back; quit, and nothing is decided by leaving'],
] as const

const REMARKS = [
  'Countdowns go by the server’s clock. WANTED is what was',
  'ordered, ACKNOWLEDGED what the agent said it does, LEASE',
  'how long it may act without being heard of.',
  '“Quoted” are the agent’s words; nobody has checked them.',
  'A key that comes as the screen changes decides nothing,',
  'and what is pasted is no key. With edited arguments:',
  'holdpoint approve <id> --args @file',
] as const

export const Help = () => (
  <Box flexDirection="column">
    <Tone bold>KEYS</Tone>
    {LINES.map(([keys, meaning]) => (
      <Tone key={meaning}>{`  ${keys.padEnd(9)} ${meaning}`}</Tone>
    ))}
    <Tone> </Tone>
    {REMARKS.map((remark) => (
      <Tone key={remark} dimColor>
        {remark}
      </Tone>
    ))}
  </Box>
)
