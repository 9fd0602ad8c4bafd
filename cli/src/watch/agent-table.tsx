import type { AgentView } from '@holdpoint/shared'
import { Box } from 'ink'
import type { ReactNode } from 'react'
import { agentStanding, leaseText } from '../output/agent-standing.ts'
import { visible } from '../output/visible.ts'
import { Tone } from './tone.tsx'

interface Props {
  readonly agents: readonly AgentView[]
  readonly offset: number
  readonly height: number
  readonly cursor: string | undefined
  readonly focused: boolean
  readonly orders: number
}

/** AG2: what is wanted beside what was acknowledged, and how long the lease still lets the agent act. */
export function AgentTable({ agents, offset, height, cursor, focused, orders }: Props) {
  const shown = agents.slice(offset, offset + height)
  return (
    <Box flexDirection="column">
      <Line
        cells={[
          `AGENTS ${agents.length}${agents.length > shown.length ? ` (${offset + 1}–${offset + shown.length})` : ''}`,
          'WANTED',
          'ACKNOWLEDGED',
          'LEASE',
          'STEP',
        ]}
        bold
      />
      {agents.length === 0 ? <Tone dimColor>{'  No agent has started yet.'}</Tone> : null}
      {shown.map((agent) => (
        <Line
          key={agent.id}
          mark={agent.id === cursor ? (focused ? '▸ ' : '▹ ') : '  '}
          bold={agent.id === cursor && focused}
          cells={[
            visible(agent.id),
            agentStanding(agent),
            agent.acknowledged?.state ?? '-',
            leaseText(agent),
            visible(agent.progress?.step ?? agent.progress?.message ?? agent.task ?? ''),
          ]}
        />
      ))}
      {orders > 0 ? (
        <Tone color="yellow">{`  ${orders} standing order${orders === 1 ? '' : 's'}: see "holdpoint orders"`}</Tone>
      ) : null}
    </Box>
  )
}

function Line({
  cells: [agent, wanted, acknowledged, lease, step],
  mark = '',
  bold = false,
}: {
  cells: readonly [string, string, string, string, string]
  mark?: string
  bold?: boolean
}) {
  return (
    <Box>
      <Cell width={22}>
        <Tone bold={bold}>{`${mark}${agent}`}</Tone>
      </Cell>
      <Cell width={20}>
        <Tone bold={bold}>{wanted}</Tone>
      </Cell>
      <Cell width={15}>
        <Tone bold={bold}>{acknowledged}</Tone>
      </Cell>
      <Cell width={7}>
        <Tone bold={bold}>{lease}</Tone>
      </Cell>
      <Tone bold={bold}>{step}</Tone>
    </Box>
  )
}

const Cell = ({ width, children }: { width: number; children: ReactNode }) => (
  <Box width={width} flexShrink={0} paddingRight={1}>
    {children}
  </Box>
)
