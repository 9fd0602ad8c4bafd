import { type ApproveOptions, HoldpointError } from '@holdpoint/client/operator'
import { type ApprovalDetail, type ApprovalView, digestOf } from '@holdpoint/shared'
import { decided, denialsNeeded, stillNeeded } from '../model/decided.ts'
import { mayRelease, wordOf } from '../model/items.ts'
import { barAsOwner, isBarredAsOwner } from './barred.ts'
import { forgetDrafts } from './drafts.ts'
import { isLive, now, policy } from './live.ts'
import { partSeen } from './looked.ts'
import { aboutApproval, act } from './notices.ts'
import { ofPerson } from './of-person.ts'
import { cursor } from './queue.ts'
import { session } from './session.ts'
import { disturb } from './stillness.ts'

/** Which form of the card is open. */
export type Form = 'approve' | 'deny' | 'edit' | 'respond'
export const form = ofPerson<Form | undefined>(undefined)

/** Of what a decision is under way: one key press, one decision. What else waits is decided meanwhile, however slow the network. */
const deciding = ofPerson<ReadonlySet<string>>(new Set())
export const isDeciding = (id: string): boolean => deciding.value.has(id)

/** Why this person cannot decide this now, as a sentence; undefined where they can. `release`: approving it. */
export function whyNot(view: ApprovalView, { release }: { readonly release: boolean }): string | undefined {
  const { person } = session.value ?? {}
  if (!person) return 'You are not signed in.'
  if (!isLive.value) return 'Not connected: what you see may be out of date.'
  if (view.status !== 'pending') return 'It was decided.'
  if (isOver(view)) return 'Its time has run out.'
  if (person.role === 'viewer') return 'Your role looks on; it decides nothing.'
  if (view.held) return 'Held: resume the agent, then policy decides it anew.'
  if (!release) return undefined
  if (!mayRelease(person, view, policy.value)) {
    const role = policy.value?.levels[view.level].role ?? 'admin'
    return `Level ${view.level} is released by the role ${role} and up; yours is ${person.role}.`
  }
  if (isBarredAsOwner(view.id))
    return 'You own this agent, so somebody else must release it; you can deny it.'
  if (wordOf(person.id, view) === 'signed')
    return `You have signed it; it waits for ${stillNeeded(view)} more.`
  if (partSeen(view.id, view.revision) < 1) return 'Look at all of it first.'
  return undefined
}

/** AP5: why this person's denial would change nothing, as a sentence. */
export function whyNotDeny(view: ApprovalView): string | undefined {
  const { person } = session.value ?? {}
  return person && wordOf(person.id, view) === 'denied'
    ? `You have denied it; it takes ${denialsNeeded(view)} more.`
    : undefined
}

export const isOver = ({ expiresAt }: ApprovalView): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) <= now.value

/** The digest is made here, of the bytes that were displayed, whatever the server said it was (AP9). */
const displayed = ({ id, revision, canonical }: ApprovalDetail) => ({
  id,
  revision,
  digest: digestOf(canonical),
})

/** Releases that the server asked a second factor for, though what was shown asked for none. */
const factorAsked = ofPerson<ReadonlySet<string>>(new Set())
const nameOf = (id: string, args: unknown): string =>
  `${id} ${args === undefined ? '' : JSON.stringify(args)}`

/** Whether releasing it so took a second factor when it was tried: rules look at edited arguments, too (AP4, PO6). */
export const isFactorAsked = (id: string, args?: unknown): boolean => factorAsked.value.has(nameOf(id, args))

export function approve(detail: ApprovalDetail, options: ApproveOptions = {}): Promise<boolean> {
  const { client } = session.peek() ?? {}
  if (!client) return Promise.resolve(false)
  const done = (view: ApprovalView) => decided(options.args === undefined ? 'approve' : 'edit', view)
  return once(detail.id, () =>
    act(
      ['approve', displayed(detail), options],
      done,
      (key) =>
        client.approve(displayed(detail), { ...options, key }).catch((error: unknown) => {
          if (error instanceof HoldpointError && error.code === 'second_factor_required')
            factorAsked.value = new Set([...factorAsked.peek(), nameOf(detail.id, options.args)])
          if (error instanceof HoldpointError && error.details.owner !== undefined) barAsOwner(detail.id)
          throw error
        }),
      aboutApproval(detail),
    ),
  )
}

export function deny(detail: ApprovalDetail, reason: string): Promise<boolean> {
  const { client } = session.peek() ?? {}
  if (!client) return Promise.resolve(false)
  return once(detail.id, () =>
    act(
      ['deny', displayed(detail), reason],
      (view: ApprovalView) => decided('deny', view),
      (key) => client.deny(displayed(detail), reason, { key }),
      aboutApproval(detail),
    ),
  )
}

export function respond(detail: ApprovalDetail, message: string): Promise<boolean> {
  const { client } = session.peek() ?? {}
  if (!client) return Promise.resolve(false)
  return once(detail.id, () =>
    act(
      ['respond', displayed(detail), message],
      (view: ApprovalView) => decided('respond', view),
      (key) => client.respond(displayed(detail), message, { key }),
      aboutApproval(detail),
    ),
  )
}

async function once(id: string, run: () => Promise<boolean>): Promise<boolean> {
  if (deciding.peek().has(id)) return false
  deciding.value = new Set([...deciding.peek(), id])
  try {
    const done = await run()
    if (done) {
      if (cursor.peek() === id) {
        form.value = undefined
        // whoever still wrote into it has none now: the letters to come are no keys
        disturb()
      }
      forgetDrafts(id)
    }
    return done
  } finally {
    deciding.value = new Set([...deciding.peek()].filter((one) => one !== id))
  }
}
