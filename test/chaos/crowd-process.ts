/** Many agents in one process. Each passes its checkpoint again and again, and begins a step each time it may. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentClient, AgentStoppedError, HoldpointError } from '@holdpoint/client'
import type { CrowdOrders, FromCrowd, MemberState, ToCrowd } from './crowd-messages.ts'

const [orders] = (await once(process, 'message')) as [CrowdOrders]
const tell = (message: FromCrowd): void => void process.send?.(message)

interface Member {
  readonly agent: string
  readonly client: AgentClient
  steps: number
  lastStepAt: number
  longestRestMs: number
  heldAt: number | undefined
}

const members: Member[] = []

async function live(member: Member): Promise<void> {
  const { agent, client } = member
  client.signal.addEventListener('abort', () => {
    const { reason } = client.signal
    const ended = reason instanceof AgentStoppedError ? reason.ended : String(reason)
    tell({ kind: 'aborted', agent, at: Date.now(), ended })
  })
  const { epoch } = await client.start()
  tell({ kind: 'up', agent, epoch })
  for (;;) {
    await client.checkpoint()
    const now = Date.now()
    if (member.steps > 0) member.longestRestMs = Math.max(member.longestRestMs, now - member.lastStepAt)
    member.steps += 1
    member.lastStepAt = now
    await sleep(orders.stepMs)
  }
}

for (const { agent, token } of orders.members) {
  const client = new AgentClient({ url: orders.url, token, leaseMs: orders.leaseMs })
  const member: Member = { agent, client, steps: 0, lastStepAt: 0, longestRestMs: 0, heldAt: undefined }
  members.push(member)
  live(member).catch((error: unknown) => {
    if (!(error instanceof HoldpointError)) throw error
    if (member.steps === 0) tell({ kind: 'refused', agent, code: error.code })
  })
  if (orders.staggerMs > 0) await sleep(orders.staggerMs)
}

setInterval(() => {
  for (const member of members)
    if (member.steps > 0 && member.heldAt === undefined && !member.client.canContinue())
      member.heldAt = Date.now()
}, 1)

const stateOf = (member: Member): MemberState => {
  const { agent, client, steps, lastStepAt, longestRestMs, heldAt } = member
  member.longestRestMs = 0
  const epoch = client.held?.epoch ?? ''
  return { agent, epoch, steps, lastStepAt, longestRestMs, canContinue: client.canContinue(), heldAt }
}

process.on('message', ({ kind }: ToCrowd) => {
  if (kind === 'look') tell({ kind: 'seen', members: members.map(stateOf) })
})
process.on('disconnect', () => process.exit(0))
