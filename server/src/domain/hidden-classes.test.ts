import { setFlagsFromString } from 'node:v8'
import { expect, it } from 'vitest'
import type { AgentDocument, Approval } from './agent-document.ts'
import type { AgentCommand } from './commands.ts'
import { decideAgent } from './decide-agent.ts'
import type { Decision } from './effects.ts'
import { World } from './testing/world.ts'

setFlagsFromString('--allow-natives-syntax')
const haveSameClass = new Function('one', 'other', 'return %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean

/** What an agent's commands come to one after the other, without the JSON in between that a restart would put there. */
function lifeOf(id: string): readonly Decision<AgentDocument>[] {
  const world = new World()
  const decisions: Decision<AgentDocument>[] = []
  let doc: AgentDocument | undefined
  const decide = (command: AgentCommand): Decision<AgentDocument> => {
    const decision = decideAgent({ tenant: 'acme', id }, doc, command, world.facts())
    for (const { digest, text } of decision.effects?.blobs ?? []) world.blobs.set(digest, text)
    doc = decision.effects?.doc ?? doc
    decisions.push(decision)
    return decision
  }
  const key = 'k'
  const identity = { labels: {} }
  decide({ type: 'run.start', body: { key, instance: 'i' }, identity })
  const epoch = doc?.epoch ?? '0.0'
  const body = { key, epoch, action: 'send_email', args: { to: id }, blocking: false }
  decide({ type: 'action.request', body, identity })
  const { id: item, digest, revision } = (doc as unknown as AgentDocument).approvals[0] as Approval
  const by = { id: 'ana', role: 'approver' } as const
  decide({ type: 'approval.approve', body: { key, id: item, revision, digest }, by })
  decide({ type: 'action.begin', body: { key, epoch, instance: 'i', id: item, digest }, identity })
  decide({ type: 'action.report', body: { key, epoch, id: item, outcome: 'success' }, identity })
  return decisions
}

const partsOf = ({
  answer,
  effects,
}: Decision<AgentDocument>): Readonly<Record<string, object | undefined>> => ({
  answer,
  effects,
  document: effects?.doc,
  trust: effects?.doc.autonomy,
  habits: effects?.doc.habits?.rate,
  budget: effects?.doc.budgets[0],
  approval: effects?.doc.approvals[0],
  record: effects?.records[0],
  event: effects?.events[0],
})

it('what two agents come to by the same commands has the same hidden classes, so that V8 reads it quickly', () => {
  // the first ones are carried out before V8 has seen what it has to do with
  for (let n = 0; n < 20; n++) lifeOf(`early-${n}`)
  const [one, other] = [lifeOf('one'), lifeOf('other')]
  for (const [step, decision] of one.entries()) {
    expect(decision.answer.ok).toBe(true)
    const others = partsOf(other[step] as Decision<AgentDocument>)
    for (const [name, part] of Object.entries(partsOf(decision)))
      if (part) expect(haveSameClass(part, others[name] ?? {}), `${name} after ${step}`).toBe(true)
  }
})
