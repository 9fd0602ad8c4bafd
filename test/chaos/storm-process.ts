/** Hundreds of agents in one process that do nothing but hold their lease and follow instructions. */
import { AgentClient } from '@holdpoint/client'
import { tapWire } from '../harness/wire-tap.ts'
import type { FromStorm, StormMember, StormOrders, ToStorm } from './storm-messages.ts'

interface Member {
  readonly agent: string
  readonly client: AgentClient
  readonly told: { text: string; at: number }[]
}

/** By agent: when `run.resume` was last answered with ok. */
const resumedAt = new Map<string, number>()
const resuming = new Map<string, string>()
tapWire(
  (event) => event === 'run.resume',
  (tapped) => {
    if (tapped.kind === 'sent') resuming.set(tapped.exchange, tapped.principal)
    else if ((tapped.answer as { readonly ok: boolean }).ok)
      resumedAt.set(resuming.get(tapped.exchange) ?? '', tapped.at)
  },
)

/** Agents that start at once. */
const AT_ONCE = 40

const tell = (message: FromStorm): void => void process.send?.(message)
let members: readonly Member[] = []

async function follow({ client, told }: Member): Promise<void> {
  for await (const instruction of client.instructions()) {
    told.push({ text: instruction.text, at: Date.now() })
    await instruction.applied()
  }
}

async function begin({ url, leaseMs, members: wanted }: StormOrders): Promise<void> {
  members = wanted.map(({ agent, token }) => ({
    agent,
    client: new AgentClient({ url, token, leaseMs }),
    told: [],
  }))
  const left = [...members]
  const starting = async (): Promise<void> => {
    for (let member = left.shift(); member; member = left.shift()) {
      const { agent, client } = member
      await client.start()
      follow(member).catch((error: unknown) => {
        // Stopped by a person: its instructions end with it.
        if (!client.signal.aborted) tell({ kind: 'broke', agent, error: String(error) })
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, starting))
}

const seen = ({ agent, client, told }: Member): StormMember => ({
  agent,
  epoch: client.held?.epoch,
  canContinue: client.canContinue(),
  resumedAt: resumedAt.get(agent),
  told,
})

process.on('message', (message: ToStorm) => {
  if (message.kind === 'look') tell({ kind: 'seen', members: members.map(seen) })
  else
    begin(message.orders).catch((error: unknown) => tell({ kind: 'broke', agent: '', error: String(error) }))
})
process.on('disconnect', () => process.exit(0))
