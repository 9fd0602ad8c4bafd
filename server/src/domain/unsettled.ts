import { DAY, type Digest, type Epoch } from '@holdpoint/shared'
import { type Approval, changed, type Unsettled } from './agent-document.ts'
import type { Draft } from './draft.ts'
import { putApproval } from './items.ts'
import { openSystemTicket } from './tickets.ts'

/*
 * AP9: the act itself is at most one attempt, and a process may die in the middle of it. The one that comes after it asks for the same
 * bytes, as something new where it gives no key of its own; so may the same one that was interrupted. Whether they ran,
 * only a person can find out: until then nobody but a person lets them run again.
 */

/** As long as the first answer to a key is remembered once its item is settled (AP7). */
const REMEMBERED_MS = DAY
/** As many as one document keeps. Each was released and begun, so it takes a process that dies as often to push one out. */
const MAX_REMEMBERED = 100

/** Doing it twice is as good as once: it only reads (AP1). */
const isHarmless = ({ level }: Approval): boolean => level === 'none'

const isAbout = (
  { digest, askedDigest }: Pick<Unsettled, 'digest' | 'askedDigest'>,
  bytes: Digest,
): boolean => digest === bytes || askedDigest === bytes

/** By a process that is no more: what another epoch began and nobody has reported. */
const isAbandoned = (item: Approval, now: Epoch | undefined): boolean =>
  item.begun !== undefined && item.begun.epoch !== now && !isHarmless(item)

/** The newest begin of these bytes, asked for or edited to, of which nobody knows how it ended; `now`: under which they are asked for. */
export function unsettledOf(
  { doc, facts }: Draft,
  bytes: Digest,
  now: Epoch | undefined,
): Omit<Unsettled, 'until'> | undefined {
  const item = doc.approvals.findLast((one) => isAbout(one, bytes) && isAbandoned(one, now))
  if (item?.begun) {
    const { id, digest, doubted, begun } = item
    return { id, digest, begunAt: begun.at, doubted }
  }
  return doc.unsettled?.findLast((one) => facts.at < one.until && isAbout(one, bytes))
}

/** What whoever decides it must know. */
export const markOf = (earlier: ReturnType<typeof unsettledOf>): Approval['begunBefore'] =>
  earlier && { id: earlier.id, at: earlier.begunAt }

/**
 * Whether these bytes may have run already, and nobody but policy, or a person in advance, has released this: it must be asked for
 * again then. Released by a person it stands: whoever did it was told, or released one more of them.
 */
export const needsPerson = (draft: Draft, item: Approval, now: Epoch): boolean =>
  !isHarmless(item) &&
  (item.status === 'auto_approved' || item.standing !== undefined) &&
  unsettledOf(draft, item.digest, now) !== undefined

/** It ended as unknown, and leaves the document. */
export function rememberUnsettled(draft: Draft, item: Approval): void {
  const { id, digest, askedDigest, begun, doubted } = item
  if (!begun || isHarmless(item)) return
  const { at } = draft.facts
  const kept = (draft.doc.unsettled ?? []).filter((one) => at < one.until)
  const one = { id, digest, askedDigest, begunAt: begun.at, doubted, until: at + REMEMBERED_MS }
  draft.update({ unsettled: [...kept, one].slice(-MAX_REMEMBERED) })
}

/** People are told, once: somebody has to find out how it ended. */
export function tellUnsettled(draft: Draft, { id, doubted }: Omit<Unsettled, 'until'>): void {
  if (doubted) return
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (item) {
    doubt(draft, item)
    return
  }
  const one = draft.doc.unsettled?.find((known) => known.id === id)
  if (!one) return
  openSystemTicket(draft, 'unknown_outcome', { about: id, approval: id, digest: one.digest })
  const { unsettled = [] } = draft.doc
  draft.update({ unsettled: unsettled.map((known) => (known === one ? { ...one, doubted: true } : known)) })
}

/** The same of what is in the document still. */
export function doubt(draft: Draft, item: Approval): void {
  const { id: about, action, digest } = item
  openSystemTicket(draft, 'unknown_outcome', { about, approval: about, action, digest })
  putApproval(draft, changed(item, { doubted: true }), { type: 'action.doubted', by: draft.doc.id })
}

/** They are begun once more, as a person let them: from now on it is that begin whose outcome counts. */
export function supersede(draft: Draft, { digest, askedDigest }: Approval, now: Epoch): void {
  const isOfThese = (one: Pick<Unsettled, 'digest' | 'askedDigest'>): boolean =>
    isAbout(one, digest) || (askedDigest !== undefined && isAbout(one, askedDigest))
  for (const item of draft.doc.approvals)
    if (isOfThese(item) && isAbandoned(item, now)) endAsUnknown(draft, item)
  const { unsettled } = draft.doc
  if (unsettled?.some(isOfThese)) draft.update({ unsettled: unsettled.filter((one) => !isOfThese(one)) })
}

/** Whoever began it is gone: nobody will say how it ended. */
export function endAsUnknown(draft: Draft, item: Approval): void {
  const reported = { at: draft.facts.at, by: 'system' }
  putApproval(draft, changed(item, { outcome: 'unknown', reported }), {
    type: 'action.reported',
    by: 'system',
  })
}
