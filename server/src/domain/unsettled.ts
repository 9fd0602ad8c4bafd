import { DAY, type Digest, type Epoch } from '@holdpoint/shared'
import { type Approval, changed, type Ticket, type Unsettled } from './agent-document.ts'
import type { Draft } from './draft.ts'
import { verdictOnItem } from './inquiries.ts'
import { putApproval } from './items.ts'
import { openSystemTicket } from './tickets.ts'

/*
 * AP9: the act itself is at most one attempt, and a process may die in the middle of it. The one that comes after it asks for the same
 * bytes, as something new where it gives no key of its own; so may the same one that was interrupted. Whether they ran,
 * only a person can find out: until then nobody but a person lets them run again.
 */

/** As long as the first answer to a key is remembered once its item is settled (AP7). */
const REMEMBERED_MS = DAY
/** As many as one document keeps. Beyond it all bytes are doubted, for as long as those that found no place would have been. */
const MAX_REMEMBERED = 100

/** What is in doubt; without an id where it was one of too many. */
export type Doubt = Pick<Unsettled, 'begunAt' | 'doubted'> & Partial<Pick<Unsettled, 'id' | 'digest'>>

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
export function doubtAbout({ doc, facts }: Draft, bytes: Digest, now: Epoch | undefined): Doubt | undefined {
  const item = doc.approvals.findLast((one) => isAbout(one, bytes) && isAbandoned(one, now))
  if (item?.begun) {
    const { id, digest, doubted, begun } = item
    return { id, digest, begunAt: begun.at, doubted }
  }
  const { unsettled, unsettledMore: more } = doc
  const known = unsettled?.findLast((one) => facts.at < one.until && isAbout(one, bytes))
  return known ?? (more && facts.at < more.until ? { begunAt: more.begunAt } : undefined)
}

/** What whoever decides it must know. */
export const markOf = (doubt: Doubt | undefined): Approval['begunBefore'] =>
  doubt && { id: doubt.id, at: doubt.begunAt }

/** What of a doubt about an item counts by today's policy: what is harmless to do twice is nobody's concern. */
export function countingDoubt(draft: Draft, item: Approval, now: Epoch | undefined): Doubt | undefined {
  const doubt = doubtAbout(draft, item.digest, now)
  const begunBefore = markOf(doubt)
  return begunBefore && verdictOnItem(draft, changed(item, { begunBefore })).begunBefore ? doubt : undefined
}

/**
 * Whether these bytes may have run already, and nobody but policy, or a person in advance, has released this: it must be asked for
 * again then. Released by a person before there was a doubt it stands: they released one more of them.
 */
export const needsPerson = (draft: Draft, item: Approval, now: Epoch): boolean =>
  (item.status === 'auto_approved' || item.standing !== undefined) &&
  countingDoubt(draft, item, now) !== undefined

/** It ended as unknown, and leaves the document. */
export function rememberUnsettled(draft: Draft, item: Approval): void {
  const { id, digest, askedDigest, begun, doubted } = item
  if (!begun || isHarmless(item)) return
  const { at } = draft.facts
  const others = (draft.doc.unsettled ?? []).filter((one) => at < one.until && one.digest !== digest)
  const all = [...others, { id, digest, askedDigest, begunAt: begun.at, doubted, until: at + REMEMBERED_MS }]
  draft.update({ unsettled: all.slice(-MAX_REMEMBERED) })
  const [pushedOut] = all.slice(0, -MAX_REMEMBERED)
  if (!pushedOut) return
  // the one that goes is the oldest, so whoever went before it is over no later
  draft.update({ unsettledMore: { begunAt: pushedOut.begunAt, until: pushedOut.until } })
  openSystemTicket(draft, 'unknown_outcome', {
    about: 'unsettled',
    note: `More than ${MAX_REMEMBERED} actions ended as unknown within a day: which they were is no longer known, so each asks a person.`,
  })
}

/** People are told, once: somebody has to find out how it ended. */
export function tellDoubt(draft: Draft, { id, doubted }: Doubt): void {
  if (doubted || id === undefined) return
  const item = draft.doc.approvals.find((one) => one.id === id)
  if (item) {
    tellAbandoned(draft, item)
    return
  }
  const one = draft.doc.unsettled?.find((known) => known.id === id)
  if (!one) return
  openSystemTicket(draft, 'unknown_outcome', { about: id, approval: id, digest: one.digest })
  const { unsettled = [] } = draft.doc
  draft.update({ unsettled: unsettled.map((known) => (known === one ? { ...one, doubted: true } : known)) })
}

/** The same of what is in the document still. */
export function tellAbandoned(draft: Draft, item: Approval): void {
  const { id: about, action, digest } = item
  openSystemTicket(draft, 'unknown_outcome', { about, approval: about, action, digest })
  putApproval(draft, changed(item, { doubted: true }), { type: 'action.doubted', by: draft.doc.id })
}

/**
 * Where a doubt about it has come up since it was asked for: the item, marked, as another revision, so that nobody releases what
 * they were shown without it, and who had signed is asked again. Undefined where there is none, or it is marked already.
 */
export function markDoubted(draft: Draft, item: Approval): Approval | undefined {
  if (item.begunBefore || item.held || item.status !== 'pending') return undefined
  const doubt = countingDoubt(draft, item, draft.doc.epoch)
  if (!doubt) return undefined
  const marked = changed(item, {
    begunBefore: markOf(doubt),
    revision: item.revision + 1,
    signatures: [],
    objections: [],
  })
  putApproval(draft, marked, { type: 'approval.doubted', by: 'system' })
  tellDoubt(draft, doubt)
  return marked
}

/** What waits of bytes that have come into doubt: whoever looks at it is told now. */
export function markWhatWaits(draft: Draft): void {
  for (const { id } of draft.doc.approvals) {
    const item = draft.doc.approvals.find((one) => one.id === id)
    if (item) markDoubted(draft, item)
  }
}

/**
 * They are begun once more, as a person let them: from now on it is that begin whose outcome counts. Only of these very bytes: what a
 * person had made of others stays in doubt, and is no longer what whoever asks for these gets.
 */
export function supersede(draft: Draft, begun: Approval, now: Epoch): void {
  if (isHarmless(begun)) return
  const { digest } = begun
  for (const item of draft.doc.approvals) {
    if (!isAbandoned(item, now) || !isAbout(item, digest)) continue
    if (item.digest !== digest) rememberUnsettled(draft, changed(item, { askedDigest: undefined }))
    endAsUnknown(draft, item, 'system')
  }
  const { unsettled } = draft.doc
  if (!unsettled?.some((one) => isAbout(one, digest))) return
  draft.update({
    unsettled: unsettled
      .filter((one) => one.digest !== digest)
      .map((one) => (one.askedDigest === digest ? { ...one, askedDigest: undefined } : one)),
  })
}

/** A person has found out how it ended, and said so on its ticket: they were told, and it is in doubt no more. */
export function settleDoubt(draft: Draft, { reason, about }: Ticket, by: string): void {
  if (reason !== 'unknown_outcome' || about === undefined) return
  const item = draft.doc.approvals.find((one) => one.id === about)
  if (item && isAbandoned(item, draft.doc.epoch)) endAsUnknown(draft, item, by)
  const { unsettled, unsettledMore } = draft.doc
  if (unsettled?.some(({ id }) => id === about))
    draft.update({ unsettled: unsettled.filter(({ id }) => id !== about) })
  if (about === 'unsettled' && unsettledMore) draft.update({ unsettledMore: undefined })
}

/** Whoever began it is gone: nobody will say how it ended. */
export function endAsUnknown(draft: Draft, item: Approval, by: string): void {
  const reported = { at: draft.facts.at, by }
  putApproval(draft, changed(item, { outcome: 'unknown', reported }), { type: 'action.reported', by })
}
