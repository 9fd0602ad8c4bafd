import { DAY, type Digest, type Epoch, iso } from '@holdpoint/shared'
import { type Approval, changed, type FoundOut, type Ticket, type Unsettled } from './agent-document.ts'
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
/** As many as one ticket lists. What a process left beyond that is told of when it is asked for again. */
const MAX_LISTED = 100

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

/** AP14: nobody has to know how it ended, and nobody is left who could say: it must not keep what comes after it from being asked for. */
export function forgetHarmless(draft: Draft, now: Epoch): void {
  const begun = draft.doc.approvals.filter((item) => item.begun)
  if (begun.length < draft.facts.policy.caps.unreported) return
  const oldest = begun.find((item) => item.begun?.epoch !== now && isHarmless(item))
  if (oldest) endAsUnknown(draft, oldest, 'system')
}

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

/** It ended as unknown, and leaves the document; `now`: the epoch whose process is still there. */
export function rememberUnsettled(draft: Draft, item: Approval, now: Epoch | undefined): void {
  const { id, digest, askedDigest, begun, doubted } = item
  if (!begun || isHarmless(item)) return
  const epoch = begun.epoch === now ? undefined : begun.epoch
  const { at } = draft.facts
  const others = (draft.doc.unsettled ?? []).filter((one) => at < one.until && one.digest !== digest)
  const until = at + REMEMBERED_MS
  const all = [...others, { id, digest, askedDigest, begunAt: begun.at, epoch, doubted, until }]
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
  if (one) openTicket(draft, one)
}

/** The same of what is in the document still. */
export function tellAbandoned(draft: Draft, item: Approval): void {
  openTicket(draft, leftBy(item, draft.doc.epoch))
  putApproval(draft, changed(item, { doubted: true }), { type: 'action.doubted', by: draft.doc.id })
}

/** What nobody was told of, by whom it was left: without an epoch by nobody who is gone. */
type Left = Pick<Unsettled, 'id' | 'digest' | 'begunAt' | 'epoch'> & { readonly action?: string }

const leftBy = ({ id, digest, action, begun, queued }: Approval, now: Epoch | undefined): Left => ({
  id,
  action,
  digest,
  begunAt: (begun ?? queued).at,
  epoch: begun?.epoch === now ? undefined : begun?.epoch,
})

/**
 * ES1: a crash is one thing to look into, and costs trust once, however many actions it cut short: the ticket about one of them
 * lists what else that process left, and resolving it ends the doubt about each. What policy calls harmless to do twice is left out.
 */
function openTicket(draft: Draft, one: Left): void {
  const { id: about, action, digest } = one
  const others = leftWith(draft, one).slice(0, MAX_LISTED - 1)
  const listed = [one, ...others].map((left) => ({
    action: left.action,
    begunAt: iso(left.begunAt),
    digest: left.digest,
    id: left.id,
  }))
  const approvals = others.length > 0 ? listed : undefined
  const lists = openSystemTicket(draft, 'unknown_outcome', {
    about,
    approval: about,
    action,
    digest,
    approvals,
  })
  // what found no ticket that lists it is told of when it is asked for again: else nobody could ever end its doubt
  const told = new Set(lists ? listed.map(({ id }) => id) : [about])
  draft.update({
    approvals: draft.doc.approvals.map((item) =>
      told.has(item.id) ? changed(item, { doubted: true }) : item,
    ),
    unsettled: draft.doc.unsettled?.map((known) =>
      told.has(known.id) ? { ...known, doubted: true } : known,
    ),
  })
}

/** What else the same process left, the oldest first. */
function leftWith({ doc, facts }: Draft, { id, epoch }: Left): readonly Left[] {
  if (epoch === undefined) return []
  const { catalogue } = facts.policy
  const remembered = (doc.unsettled ?? []).filter((one) => !one.doubted && facts.at < one.until)
  const abandoned = doc.approvals
    .filter((item) => !item.doubted && isAbandoned(item, doc.epoch))
    .filter(({ action }) => !(Object.hasOwn(catalogue, action) && catalogue[action]?.idempotent))
    .map((item) => leftBy(item, doc.epoch))
  return [...remembered, ...abandoned].filter((left) => left.epoch === epoch && left.id !== id)
}

/**
 * Where a doubt about it has come up since it was asked for: the item, marked, as another revision, so that nobody releases what
 * they were shown without it, and who had signed is asked again. Undefined where there is none, or it is marked already.
 */
export function markDoubted(draft: Draft, item: Approval): Approval | undefined {
  const isMarked = item.begunBefore && !item.begunBefore.ended
  if (isMarked || item.held || item.status !== 'pending') return undefined
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
 * What is known now of that which was in doubt (undefined: of more than are remembered): what waits because of it says so from now
 * on, as another revision, as above: done twice for certain is another thing to release than what may have been done. It is not
 * decided anew: a person was asked, and answers.
 */
export function tellOutcome(draft: Draft, ids: readonly (string | undefined)[], ended: FoundOut): void {
  for (const item of draft.doc.approvals) {
    const { begunBefore, held, status, revision } = item
    if (!begunBefore || begunBefore.ended || !ids.includes(begunBefore.id)) continue
    // what is held is looked at anew when its agent goes on
    if (held || status !== 'pending') continue
    const told = changed(item, {
      begunBefore: { ...begunBefore, ended },
      revision: revision + 1,
      signatures: [],
      objections: [],
    })
    putApproval(draft, told, { type: 'approval.doubt_ended', by: ended.by ?? 'system' })
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
    if (item.digest !== digest) rememberUnsettled(draft, changed(item, { askedDigest: undefined }), now)
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

/** A person has found out how all that a ticket lists ended, and said so on it: they were told, and it is in doubt no more. */
export function settleDoubt(
  draft: Draft,
  { id: ticket, reason, about, approvals }: Ticket,
  by: string,
): void {
  if (reason !== 'unknown_outcome' || about === undefined) return
  const ids = new Set(approvals ?? [about])
  for (const item of draft.doc.approvals)
    if (ids.has(item.id) && isAbandoned(item, draft.doc.epoch)) endAsUnknown(draft, item, by)
  const { unsettled, unsettledMore } = draft.doc
  if (unsettled?.some(({ id }) => ids.has(id)))
    draft.update({ unsettled: unsettled.filter(({ id }) => !ids.has(id)) })
  if (about === 'unsettled' && unsettledMore) draft.update({ unsettledMore: undefined })
  tellOutcome(draft, about === 'unsettled' ? [undefined] : [...ids], { at: draft.facts.at, by, ticket })
}

/** Whoever began it is gone: nobody will say how it ended. */
export function endAsUnknown(draft: Draft, item: Approval, by: string): void {
  const reported = { at: draft.facts.at, by }
  putApproval(draft, changed(item, { outcome: 'unknown', reported }), { type: 'action.reported', by })
}
