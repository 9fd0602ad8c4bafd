import type { ConnectionStatus } from '@holdpoint/client/operator'
import { Box } from 'ink'
import type { ReactNode } from 'react'
import { width } from '../output/width.ts'
import { PromptLine } from './prompt-line.tsx'
import { ColorContext, Tone } from './tone.tsx'
import type { usePrompt } from './use-prompt.ts'

/** What the screen's largest part shows. */
export type Mode = 'lists' | 'details' | 'help'

/** Below this, what has to be seen does not fit. */
const LEAST_COLUMNS = 60
const LEAST_ROWS = 12

export const tooSmall = (columns: number, rows: number): boolean =>
  columns < LEAST_COLUMNS || rows < LEAST_ROWS

export const TooSmall = ({ color }: { readonly color: boolean }) => (
  <ColorContext value={color}>
    <Tone
      color="yellow"
      wrap="wrap"
    >{`Make this terminal larger: ${LEAST_COLUMNS}×${LEAST_ROWS} at least.`}</Tone>
    <Tone dimColor>q quit</Tone>
  </ColorContext>
)

interface Props {
  readonly color: boolean
  readonly columns: number
  readonly height: number
  readonly header: ReactNode
  readonly children: ReactNode
  /** What came of the last key; its first letter says whether it went well. */
  readonly message: string
  readonly asking: Pick<ReturnType<typeof usePrompt>, 'prompt' | 'text' | 'problem'>
  /** Which keys do something now. */
  readonly keys: string
}

/** A header, what is looked at, and two lines below it: what was said or is asked, and the keys. */
export function Screen({ color, columns, height, header, children, message, asking, keys }: Props) {
  return (
    <ColorContext value={color}>
      <Box flexDirection="column" width={columns} height={height - 1}>
        {header}
        <Box flexDirection="column" flexGrow={1}>
          {children}
        </Box>
        {asking.prompt ? (
          <PromptLine question={asking.prompt.question} text={asking.text} columns={columns} />
        ) : (
          <Tone color={toneOf(message)}>{message || ' '}</Tone>
        )}
        {asking.problem === undefined ? (
          <Tone dimColor>{keys}</Tone>
        ) : (
          <Tone color="red">{`✗ ${asking.problem}`}</Tone>
        )}
      </Box>
    </ColorContext>
  )
}

const toneOf = (message: string) =>
  message.startsWith('✗') ? 'red' : message.startsWith('✓') ? 'green' : 'yellow'

/** Which keys do something now; where there is no room for all of them, those that help tells of go first. */
export function keysLine(
  prompting: boolean,
  mode: Mode,
  status: ConnectionStatus['status'],
  columns: number,
): string {
  const live = status === 'live'
  if (prompting) return 'enter sends  esc back'
  if (mode === 'help') return 'any key back'
  const decisions = live ? 'a approve  d deny  r respond  ' : ''
  if (mode === 'details')
    return fitting(columns, `${decisions}space more  `, 'b back up  ', 'esc back', '  q quit')
  const interventions = live ? 'p pause  s stop  u resume  ' : status === 'silent' ? 'p pause  s stop  ' : ''
  return fitting(columns, `↵ open  ${decisions}`, interventions, '? help  q quit')
}

/** What stands second and last gives way. */
function fitting(columns: number, first: string, second: string, third: string, last = ''): string {
  const whole = first + second + third + last
  return width(whole) <= columns ? whole : first + third
}
