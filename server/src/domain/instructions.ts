import { canonicalText, type InstructionView, refused } from '@holdpoint/shared'
import type { AgentDocument, Instruction } from './agent-document.ts'
import type { AgentOwnCommand, PersonCommand } from './commands.ts'
import type { Draft } from './draft.ts'
import type { Decision } from './effects.ts'
import { putInstruction } from './items.ts'
import { instructionView } from './views.ts'

type Injecting = Extract<PersonCommand, { type: 'agent.inject' }>
type Answering = Extract<AgentOwnCommand, { type: 'instruction.ack' }>

/** What all queued instructions of one agent may take together, in UTF-16 units: they live in its document. */
const MAX_QUEUED_LENGTH = 32_768

/**
 * IN2: queued durably, delivered in order; to a paused agent when it resumes.
 * Errors: `agent_stopped`, `rate_limited` (AP14).
 */
export function inject(draft: Draft, { text, data, by }: Injecting): Decision<AgentDocument> {
  const { doc, facts } = draft
  if (!doc.run)
    return draft.refuse(
      refused('agent_stopped', 'The agent has no unfinished run that could take an instruction.'),
    )
  const instruction: Instruction = { id: facts.ids.item, text, data, queued: { at: facts.at, by: by.id } }
  const queued = [...doc.instructions, instruction]
  const length = queued.reduce((sum, one) => sum + lengthOf(one), 0)
  if (queued.length > facts.policy.caps.instructions || length > MAX_QUEUED_LENGTH)
    return draft.refuse(
      refused('rate_limited', 'Too many instructions wait for this agent; let it answer some first.'),
    )
  putInstruction(draft, instruction, undefined, {
    type: 'instruction.queued',
    by: by.id,
    tell: !isPaused(doc),
  })
  return draft.done({ instruction: instructionView(draft.doc, instruction) })
}

const isPaused = ({ machine }: AgentDocument): boolean => machine.state === 'paused'

/** IN2: what the agent may be handed as things stand: nothing while it is paused, then all that it has not answered. */
export const deliverable = (doc: AgentDocument): readonly InstructionView[] =>
  isPaused(doc) ? [] : doc.instructions.map((instruction) => instructionView(doc, instruction))

const lengthOf = ({ text, data }: Instruction): number =>
  text.length + (data === undefined ? 0 : canonicalText(data).length)

/**
 * IN2: the agent says what became of it.
 * Errors: `not_found`, `conflict` (answered otherwise before), `paused` (it has yet to be handed it again).
 */
export function answerInstruction(draft: Draft, { body }: Answering): Decision<AgentDocument> {
  const instruction = draft.doc.instructions.find((one) => one.id === body.id)
  if (!instruction) return answeredBefore(draft, body.id, body.outcome)
  if (isPaused(draft.doc)) return draft.refuse(refused('paused'))
  const settled = { status: body.outcome, note: body.note }
  putInstruction(draft, instruction, settled, { type: `instruction.${body.outcome}`, by: draft.doc.id })
  return draft.done({})
}

function answeredBefore(draft: Draft, id: string, outcome: string): Decision<AgentDocument> {
  const standing = draft.standing(id) as InstructionView | undefined
  if (!standing) return draft.refuse(refused('not_found'))
  if (standing.status === outcome) return draft.unchanged()
  return draft.refuse(refused('conflict', `It was ${standing.status} before.`, { standing }))
}
