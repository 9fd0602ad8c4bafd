import { Box } from 'ink'
import { Tone } from './tone.tsx'

const LINES = [
  ['↑ ↓ j k', 'move; what arrives never moves the item under the cursor'],
  ['tab', 'between what waits and the agents'],
  ['enter', 'open the whole item; space and b turn its pages'],
  ['a', 'approve what was shown whole (from "required" on: opened); ticket: ack'],
  ['d', 'deny; asks for a reason, which the agent reads'],
  ['r', 'tell it something instead of running it; answer; resolve a ticket'],
  ['p s u', 'pause, stop, resume: the agent at the cursor, or the item’s agent'],
  ['o', 'sort again by deadline, then by risk'],
  ['esc', 'back'],
  ['q', 'quit; nothing is decided by leaving'],
] as const

const REMARKS = [
  'Countdowns go by the server’s clock. WANTED is what was ordered, ACKNOWLEDGED',
  'what the agent said it does, LEASE how long it may act without being heard of.',
  'What stands in “quotes” are the agent’s words, and nobody has checked them.',
  'A key that comes as the screen changes decides nothing; what is pasted is no key.',
  'To run it with edited arguments: holdpoint approve <id> --args @file',
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
