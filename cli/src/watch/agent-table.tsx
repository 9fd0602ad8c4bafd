import { type AgentView, counted, type OrderView } from '@holdpoint/shared'
import { Box } from 'ink'
import { agentStanding, leaseText } from '../output/agent-standing.ts'
import { fitWidths, GAP } from '../output/fit-widths.ts'
import { visible } from '../output/visible.ts'
import { width } from '../output/width.ts'
import { Tone } from './tone.tsx'

interface Props {
  readonly agents: readonly AgentView[]
  readonly offset: number
  readonly height: number
  readonly cursor: string | undefined
  readonly focused: boolean
  readonly orders: readonly OrderView[]
  /** Of the terminal. */
  readonly columns: number
}

/** The cursor's mark before the agent. */
const MARK = 2
const LONGEST_NAME = 32
/** Narrower ones would jump with what agents do. */
const LEAST = [20, 18, 13, 6, 5] as const
/** What gives way first: the step, then what was acknowledged (that it is not yet, is said in what is wanted), the lease. */
const SHORTEN = [4, 2, 3] as const

/** AG2: what is wanted beside what was acknowledged, and how long the lease still lets the agent act. */
export function AgentTable({ agents, offset, height, cursor, focused, orders, columns }: Props) {
  const shown = agents.slice(offset, offset + height)
  const part = agents.length > shown.length ? ` (${offset + 1}–${offset + shown.length})` : ''
  const headings = [`AGENTS ${agents.length}${part}`, 'WANTED', 'ACKNOWLEDGED', 'LEASE', 'STEP']
  const rows = shown.map((agent) => ({ agent, cells: cellsOf(agent) }))
  const natural = headings.map((heading, column) => {
    const inset = column === 0 ? MARK : 0
    const widest = Math.max(width(heading), ...rows.map(({ cells }) => width(cells[column] ?? '') + inset))
    return Math.max(LEAST[column] ?? 0, column === 0 ? Math.min(widest, LONGEST_NAME) : widest)
  })
  const widths = fitWidths(natural, columns, SHORTEN)
  return (
    <Box flexDirection="column">
      <Line widths={widths} cells={headings} bold />
      {agents.length === 0 ? <Tone dimColor>{'  No agent has started yet.'}</Tone> : null}
      {rows.map(({ agent, cells: [name = '', ...others] }) => (
        <Line
          key={agent.id}
          widths={widths}
          bold={agent.id === cursor && focused}
          cells={[`${agent.id === cursor ? (focused ? '▸ ' : '▹ ') : '  '}${name}`, ...others]}
        />
      ))}
      {orders.length > 0 ? <Tone color="yellow">{`  ${ordersLine(orders)}`}</Tone> : null}
    </Box>
  )
}

/** Of several orders each tells its own: an agent may be held by more than one. */
function ordersLine(orders: readonly OrderView[]): string {
  const held = orders.map((one) => (one.held ? `${one.held.halted} of ${one.held.agents}` : '?'))
  const isOne = orders.length === 1 && orders[0]?.held?.agents === 1
  return `${counted(orders.length, 'standing order')}, ${held.join(' + ')} ${isOne ? 'agent' : 'agents'} halted: holdpoint orders`
}

const cellsOf = (agent: AgentView): readonly string[] => [
  visible(agent.id),
  agentStanding(agent),
  agent.acknowledged?.state ?? '-',
  leaseText(agent),
  visible(agent.progress?.step ?? agent.progress?.message ?? agent.task ?? ''),
]

function Line({
  cells,
  widths,
  bold = false,
}: {
  cells: readonly string[]
  widths: readonly number[]
  bold?: boolean
}) {
  return (
    <Box columnGap={GAP}>
      {cells.map((cell, column) => {
        const room = widths[column] ?? 0
        return room > 0 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a column has no other name, and keeps its place
          <Box key={column} width={room} flexShrink={0}>
            <Tone bold={bold}>{cell}</Tone>
          </Box>
        ) : null
      })}
    </Box>
  )
}
