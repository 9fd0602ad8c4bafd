import { computed, effect } from '@preact/signals'
import { replica } from './live.ts'
import { cursor } from './queue.ts'
import { route } from './route.ts'

/** How long what a key would decide on has to stand still before the key is taken, as in the terminal. Unit: ms. */
const STILL_FOR_MS = 300

let since = 0

/** What a key would be about: the item that is looked at, in its revision. */
const about = computed(() => {
  const { page, id } = route.value
  const at = page === 'queue' ? cursor.value : id
  return at === undefined ? page : `${page} ${at} ${replica()?.approvals.get(at)?.revision}`
})

/**
 * Guards decisions against a screen that moved under the person's hand, and against words that somebody types where no
 * field has the focus: "thanks a lot" holds a key that opens a card and one that releases it.
 */
export function followStillness(): void {
  effect(() => {
    void about.value
    disturb()
  })
}

/** A key was not taken: what follows it was meant for another state of things. */
export function disturb(): void {
  since = performance.now()
}

/** Whether it stands still long enough for a key to be meant for it. */
export const isStill = (): boolean => performance.now() - since >= STILL_FOR_MS
