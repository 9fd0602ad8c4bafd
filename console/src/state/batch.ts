import type { OperatorClient } from '@holdpoint/client/operator'
import { type ApprovalView, type Digest, digestOf, type TicketView } from '@holdpoint/shared'
import { isGrave } from '../model/risk.ts'
import { grouped, type Reasoned } from '../model/together.ts'
import { whyNot, whyNotDeny } from './decide.ts'
import { digestSeen } from './looked.ts'
import { needsFactor } from './needs-form.ts'
import { dismiss, type Failure, howItFailed, STILL_ASKING, tell } from './notices.ts'
import { selected } from './queue.ts'
import { session } from './session.ts'
import { settle } from './settle.ts'

/** Bytes that were on this screen, by their digest as it was made here (AP9). */
export interface Ready {
  readonly view: ApprovalView
  readonly digest: Digest
}

/** Of several, which are released by one press for all of them, and why the others are not. */
export function releasable(
  views: readonly ApprovalView[],
  tickets: readonly TicketView[],
): {
  readonly ready: readonly Ready[]
  readonly leftOut: readonly Reasoned[]
} {
  const ready: Ready[] = []
  const leftOut: Reasoned[] = []
  for (const view of views) {
    const why = takesMore(view) ?? whyNot(view, { release: true })
    const digest = digestSeen(view.id, view.revision)
    if (why === undefined && digest !== undefined) ready.push({ view, digest })
    else leftOut.push({ view, why: why ?? 'Look at all of it first.' })
  }
  for (const { kind, agent } of tickets)
    leftOut.push({ view: { action: kind, agent }, why: 'Is answered by itself.' })
  return { ready, leftOut }
}

/** What asks for thought of its own is not waved through among others. */
function takesMore(view: ApprovalView): string | undefined {
  if (needsFactor(view)) return 'Takes your second factor.'
  if (view.begunBefore) return 'Was begun before: decide it by itself.'
  if (isGrave(view)) return 'Takes its target, typed.'
  if ((view.needs?.approvals ?? 1) > 1) return `Takes ${view.needs?.approvals} people: sign it by itself.`
  return undefined
}

/** Of several, those that this person's word turns down or helps to. */
export const deniable = (views: readonly ApprovalView[]): readonly ApprovalView[] =>
  views.filter((view) => (whyNot(view, { release: false }) ?? whyNotDeny(view)) === undefined)

export const approveAll = (ready: readonly Ready[]): Promise<void> =>
  decideAll(
    'approve',
    ready.map(({ view, digest }) => ({
      view,
      run: (client, key) => client.approve({ id: view.id, revision: view.revision, digest }, { key }),
    })),
  )

/** AP9: what is denied are its bytes, so they are read and their digest is made here, on the screen or not. */
export const denyAll = (views: readonly ApprovalView[], reason: string): Promise<void> =>
  decideAll(
    'deny',
    views.map((view) => ({
      view,
      run: async (client, key) => {
        const { id, revision } = view
        const bytes = await client.approval(id)
        if (bytes.revision !== revision) throw new Error('Edited meanwhile; look at it again.')
        return client.deny({ id, revision, digest: digestOf(bytes.canonical) }, reason, { key })
      },
    })),
    reason,
  )

interface Step {
  readonly view: ApprovalView
  readonly run: (client: OperatorClient, key: string) => Promise<ApprovalView>
}

/** Decides each by itself, and tells of all together: no failure is lost among what went well. */
async function decideAll(kind: 'approve' | 'deny', steps: readonly Step[], reason = ''): Promise<void> {
  const { client } = session.peek() ?? {}
  if (!client) return
  const begun = new Set(steps.map(({ view }) => view.id))
  selected.value = new Set([...selected.peek()].filter((id) => !begun.has(id)))
  let asking: number | undefined
  const unknown = () => {
    asking ??= tell('bad', STILL_ASKING)
  }
  const done: Reasoned[] = []
  const failed: (Reasoned & { readonly step: Step; readonly how: Failure })[] = []
  await Promise.all(
    steps.map(async (step) => {
      const { view, run } = step
      try {
        const answer = await settle(
          [kind, view.id, view.revision, reason],
          (key) => run(client, key),
          unknown,
        )
        done.push({ view, why: answer.status === 'pending' ? COUNTED : ENDED[kind] })
      } catch (error) {
        const how = howItFailed(error)
        failed.push({ view, step, how, why: how.text })
      }
    }),
  )
  if (asking !== undefined) dismiss(asking)
  for (const { why, names } of grouped(done)) tell('good', `${why}: ${names}`)
  for (const { why, names } of grouped(failed)) {
    const alike = failed.filter((one) => one.why === why)
    const again = alike.some(({ how }) => how.isUnknown)
      ? () =>
          void decideAll(
            kind,
            alike.map(({ step }) => step),
            reason,
          )
      : undefined
    tell(alike[0]?.how.tone ?? 'bad', `Not ${kind === 'approve' ? 'approved' : 'denied'}: ${names}. ${why}`, {
      again,
    })
  }
}

const ENDED = { approve: 'Approved', deny: 'Denied' } as const
/** AP5: of several that it takes. */
const COUNTED = 'Your denial counts, and more are needed'
