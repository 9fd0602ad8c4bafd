import { computed, effect } from '@preact/signals'
import { type Arrangement, arrange, moved } from '../model/arrange.ts'
import { type Item, matchesText } from '../model/items.ts'
import { loadAgents, teamOf } from './agents.ts'
import { isAtWork } from './hands.ts'
import { items, mine, now } from './live.ts'
import { ofPerson, onLeaving } from './of-person.ts'
import { session } from './session.ts'

/** px; every line of the queue is as high. */
export const QUEUE_ROW_HEIGHT = 60

export const scopes = ['mine', 'team', 'all'] as const
export type Scope = (typeof scopes)[number]

export const scope = ofPerson<Scope>('mine')
export const filter = ofPerson('')
/** The item under the cursor: whose card is shown, and which keys act on. */
export const cursor = ofPerson<string | undefined>(undefined)
export const selected = ofPerson<ReadonlySet<string>>(new Set())
const arrangement = ofPerson<Arrangement>({ rows: [], kept: 0 })

/** Counts how often the reader asked for an order. */
export const asked = ofPerson(0)

export const rows = computed(() => arrangement.value.rows)
/** New ones that belong above the cursor and wait to be shown. */
export const kept = computed(() => arrangement.value.kept)
export const settledCount = computed(() => rows.value.filter(({ settled }) => settled).length)

const wanted = computed<readonly Item[]>(() => {
  const all =
    scope.value === 'all'
      ? items.value.filter(({ deadline }) => deadline > now.value)
      : scope.value === 'team'
        ? mine.value.filter(isOfTeam)
        : mine.value
  const text = filter.value.trim()
  return text === '' ? all : all.filter((item) => matchesText(item, text))
})

/**
 * Escalations that nobody has taken, the gravest first, whatever the list shows: they have days, so that all that has an hour
 * stands above them.
 */
export const escalations = computed<readonly string[]>(() =>
  mine.value
    .flatMap(({ kind, view }) =>
      kind === 'ticket' && view.kind !== 'question' && view.status === 'open' && !view.assignee ? view : [],
    )
    .sort((a, b) => a.priority - b.priority)
    .map(({ id }) => id),
)

function isOfTeam({ view }: Item): boolean {
  const team = teamOf.value.get(view.agent)
  return team !== undefined && (session.value?.person.teams.includes(team) ?? false)
}

/** Keeps the queue arranged, and the cursor on something where there is anything. */
export function followQueue(): void {
  let shown: readonly Item[] = []
  let at: string | undefined
  let held = false
  effect(() => {
    const next = wanted.value
    const place = cursor.value
    const atWork = isAtWork.value
    // the clock alone changes nothing
    const isSame = next.length === shown.length && next.every((item, index) => item === shown[index])
    if (place === at && isSame && (atWork || !held)) return
    shown = next
    at = place
    held = atWork
    arrangement.value = arrange(arrangement.peek().rows, place, next, { atWork })
    if (selected.peek().size > 0) forgetGone(next)
  })
  onLeaving(() => {
    shown = []
    at = undefined
    held = false
  })
}

function forgetGone(next: readonly Item[]): void {
  const there = new Set(next.map(({ id }) => id))
  const left = [...selected.peek()].filter((id) => there.has(id))
  if (left.length < selected.peek().size) selected.value = new Set(left)
}

/** All in order again, with what is new and without what was settled; the cursor stays on its item. */
export function tidy(): void {
  const next = wanted.peek()
  asked.value += 1
  arrangement.value = arrange([], undefined, next)
  if (!next.some(({ id }) => id === cursor.peek())) cursor.value = undefined
}

export function move(step: 1 | -1): void {
  cursor.value = moved(rows.peek(), cursor.peek(), step)
}

export function look(id: string | undefined): void {
  cursor.value = id
}

export function toggle(id: string): void {
  const next = new Set(selected.peek())
  if (!next.delete(id)) next.add(id)
  selected.value = next
}

export function show(what: { readonly scope?: Scope; readonly text?: string }): void {
  cursor.value = undefined
  if (what.scope) scope.value = what.scope
  if (what.scope === 'team') void loadAgents()
  if (what.text !== undefined) filter.value = what.text
  asked.value += 1
  arrangement.value = arrange([], undefined, wanted.peek())
}
