import type { OperatorClient } from '@holdpoint/client/operator'
import type { ApprovalDetail, ApprovalView } from '@holdpoint/shared'
import { effect, untracked } from '@preact/signals'
import { isLive, onRewritten } from './live.ts'
import { ofPerson } from './of-person.ts'
import { session } from './session.ts'

/** What is known of one approval's bytes. */
export type Loaded =
  | { readonly state: 'loading' }
  | { readonly state: 'here'; readonly detail: ApprovalDetail }
  | { readonly state: 'failed'; readonly message: string }

const LOADING: Loaded = { state: 'loading' }
/** More than there are lines in sight. */
const KEPT = 120

const loaded = ofPerson<ReadonlyMap<string, Loaded>>(new Map())
onRewritten(() => {
  loaded.value = new Map()
})

// What failed while the server was away would stay undecidable after it is back: a card that is open asks again then.
effect(() => {
  if (isLive.value) untracked(forgetFailures)
})

const nameOf = (id: string, revision: number): string => `${id}@${revision}`

/** Of bytes that were read for a line of the list: its card has them at once, however slow the network. */
export const keepAhead = (detail: ApprovalDetail): void =>
  keep(nameOf(detail.id, detail.revision), { state: 'here', detail })

/** The bytes of one revision, asked for once; verified by the client before they come here (AP9). */
export function detailOf(client: OperatorClient, id: string, revision: number): Loaded {
  const name = nameOf(id, revision)
  const known = loaded.value.get(name)
  if (known) return known
  queueMicrotask(() => void load(client, id, name))
  return LOADING
}

/**
 * The bytes with where the item stands now: a pause or a resume changes its level, its class and its time without another
 * revision, and what is decided must go by today's.
 */
export const asItStands = (bytes: ApprovalDetail, view: ApprovalView): ApprovalDetail => ({
  ...bytes,
  ...view,
})

async function load(client: OperatorClient, id: string, name: string): Promise<void> {
  if (loaded.peek().has(name)) return
  keep(name, LOADING)
  const wasAway = !isLive.peek()
  const found = await client.approval(id).then(
    (detail): Loaded => ({ state: 'here', detail }),
    (error: unknown): Loaded => ({
      state: 'failed',
      message: error instanceof Error ? error.message : String(error),
    }),
  )
  // they may have left, and somebody else have come
  if (session.peek()?.client !== client) return
  keep(name, found)
  // it came back while this was under way
  if (wasAway && isLive.peek()) forgetFailures()
}

export function askAgain(id: string, revision: number): void {
  const next = new Map(loaded.peek())
  next.delete(nameOf(id, revision))
  loaded.value = next
}

function keep(name: string, what: Loaded): void {
  const next = new Map(loaded.peek())
  next.delete(name)
  next.set(name, what)
  for (const oldest of next.keys()) {
    if (next.size <= KEPT) break
    next.delete(oldest)
  }
  loaded.value = next
}

function forgetFailures(): void {
  const kept = [...loaded.value].filter(([, { state }]) => state !== 'failed')
  if (kept.length < loaded.value.size) loaded.value = new Map(kept)
}
