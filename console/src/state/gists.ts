import type { OperatorClient } from '@holdpoint/client/operator'
import type { ApprovalView, Digest } from '@holdpoint/shared'
import { computed, effect, untracked } from '@preact/signals'
import { type Gist, gistOf, type Leaves, leavesOf } from '../model/gist.ts'
import { marksOf } from '../model/same-looking.ts'
import { Stays } from '../model/stays.ts'
import { keepAhead } from './details.ts'
import { isLive } from './live.ts'
import { ofPerson } from './of-person.ts'
import { rows } from './queue.ts'
import { session } from './session.ts'

/** A list that glides shows many for a moment each: only what stays is read. */
const STAYS_MS = 150
const AT_ONCE = 4
const KEPT = 400

/** The lines in sight. */
const inSight = ofPerson<readonly string[]>([])
/** By the digest of action and arguments, which are the same wherever it is (AP9). */
const leaves = ofPerson<ReadonlyMap<Digest, Leaves>>(new Map())

export function showLines(ids: readonly string[]): void {
  inSight.value = ids
}

/** Those that wait: what an agent says of its action is no sign of what would run. */
const waiting = computed<readonly ApprovalView[]>(() =>
  rows.value.flatMap(({ item, settled }) => (settled || item.kind !== 'approval' ? [] : [item.view])),
)

const wanted = computed(() => {
  const ids = new Set(inSight.value)
  return waiting.value.filter(({ id }) => ids.has(id))
})

/** By id: what tells a line in sight from the others of its action, as far as their arguments are here. */
export const gists = computed<ReadonlyMap<string, Gist>>(() => {
  const known = wanted.value.flatMap((view) => {
    const own = leaves.value.get(view.digest)
    return own ? [{ view, own }] : []
  })
  return new Map(
    known.map(({ view, own }) => {
      const others = known.filter((one) => one.view.action === view.action && one.view.id !== view.id)
      return [
        view.id,
        gistOf(
          own,
          others.map((one) => one.own),
        ),
      ]
    }),
  )
})

/** By id: what of its digest a line shows, where another one in sight reads the same and would run something else. */
export const digestMarks = computed<ReadonlyMap<string, string>>(() =>
  marksOf(
    wanted.value.flatMap(({ id, action, digest }) => {
      const gist = gists.value.get(id)
      return gist ? [{ id, action, digest, gist }] : []
    }),
  ),
)

/** Reads the arguments of lines once they stay in sight. */
export function followGists(): void {
  const stays = new Stays()
  let isTimed = false
  const missing = () => wanted.value.filter(({ digest }) => !leaves.value.has(digest))
  effect(() => {
    const views = isLive.value ? missing() : []
    stays.note(idsOf(views), performance.now())
    // never begun anew: a list that changes more often than that would have nothing read
    if (views.length > 0 && !isTimed) readIn(STAYS_MS)
  })
  const readIn = (ms: number): void => {
    isTimed = true
    setTimeout(() => untracked(read), ms)
  }
  const read = (): void => {
    isTimed = false
    const { client } = session.value ?? {}
    // once it is live again, the effect begins anew
    if (!client || !isLive.value) return
    const views = missing()
    const staying = stays.longerThan(STAYS_MS, performance.now())
    void readAll(
      client,
      views.filter(({ id }) => staying.has(id)),
    )
    if (views.some(({ id }) => !staying.has(id))) readIn(STAYS_MS / 3)
  }
}

const idsOf = (views: readonly ApprovalView[]): readonly string[] => views.map(({ id }) => id)

const asking = new Set<Digest>()

async function readAll(client: OperatorClient, views: readonly ApprovalView[]): Promise<void> {
  const left = [...views]
  const read = async () => {
    for (let view = left.shift(); view; view = left.shift()) {
      const { id, digest: asked } = view
      // whoever came meanwhile reads what stands in this very list, too
      if (asking.has(asked) || leaves.peek().has(asked)) continue
      asking.add(asked)
      try {
        const detail = await client.approval(id)
        if (session.peek()?.client !== client) continue
        keepAhead(detail)
        keep(detail.digest, leavesOf((JSON.parse(detail.canonical) as { args: unknown }).args))
      } catch {
        // the card says why it can't be read
      } finally {
        asking.delete(asked)
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, read))
}

function keep(digest: Digest, own: Leaves): void {
  const next = new Map(leaves.peek()).set(digest, own)
  const oldest = next.keys().next()
  if (next.size > KEPT && !oldest.done) next.delete(oldest.value)
  leaves.value = next
}
