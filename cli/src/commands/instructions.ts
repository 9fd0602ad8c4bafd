import type { OperatorClient } from '@holdpoint/client/operator'
import type { InstructionView } from '@holdpoint/shared'
import { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { localTime } from '../output/format.ts'
import { table } from '../output/table.ts'
import { visible } from '../output/visible.ts'
import { wholeNumber, withExamples } from './options.ts'
import { readAgent } from './unknown-agent.ts'

interface Options {
  readonly limit: number
}

export const instructions = (cli: Cli): Command =>
  withExamples(
    new Command('instructions')
      .description(
        'list what agents were told to do and have yet to answer, then what became of earlier ones',
      )
      .argument('[agent]', 'one agent’s id; all agents without it')
      .option('--limit <n>', 'at most this many of those that are answered', wholeNumber(500), 20),
    'instructions',
    'instructions folder-agent --json',
  ).action((agent: string | undefined, { limit }: Options, command: Command) =>
    cli.withOperator(command, async ({ client, out }) => {
      const reading = Promise.all([pending(client, agent), settled(client, agent, limit)])
      const list = (await out.during('Reading instructions', reading)).flat()
      const today = new Date(client.serverNow())
      out.result({ instructions: list }, () =>
        list.length === 0
          ? 'No instructions.'
          : table(['GIVEN', 'BY', 'AGENT', 'FATE', 'INSTRUCTION'], list.map(row(today)), {
              within: out.columns,
              shorten: [1],
            }),
      )
    }),
  )

/** In the order in which they are delivered, agent by agent. */
async function pending(
  client: OperatorClient,
  agent: string | undefined,
): Promise<readonly InstructionView[]> {
  if (agent !== undefined) return (await readAgent(client, agent)).instructions
  const told: InstructionView[] = []
  let cursor: string | undefined
  do {
    const page = await client.agents({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    for (const { id, open } of page.agents)
      if (open.instructions > 0) told.push(...(await client.agent(id)).instructions)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return told
}

/** The newest first. */
async function settled(
  client: OperatorClient,
  agent: string | undefined,
  limit: number,
): Promise<readonly InstructionView[]> {
  const found: InstructionView[] = []
  const about = agent === undefined ? {} : { agent }
  for await (const { type, data } of client.historyEvents({ ...about, type: 'instruction.*', limit: 500 })) {
    if (found.length >= limit) break
    if (type !== 'instruction.queued') found.push(data.instruction as InstructionView)
  }
  return found
}

const row =
  (today: Date) =>
  ({ at, by, agent, status, note, text }: InstructionView): readonly string[] => [
    localTime(at, today),
    visible(by),
    visible(agent),
    status === 'queued' ? 'not answered' : status,
    `${visible(text)}${note === undefined ? '' : ` · ${visible(note)}`}`,
  ]
