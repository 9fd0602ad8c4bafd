import { effect, signal } from '@preact/signals'
import { cursor } from './queue.ts'
import { route } from './route.ts'
import { session } from './session.ts'

/** Going through the queue by key shows many for a moment each: only what stays is told. */
const STAYS_MS = 400

/** Tells others what this person has before them, while the page is the one in front. */
export function followLook(): void {
  const isInFront = signal(document.visibilityState === 'visible')
  document.addEventListener('visibilitychange', () => {
    isInFront.value = document.visibilityState === 'visible'
  })
  let told: string | undefined
  effect(() => {
    const { client } = session.value ?? {}
    const { page, id } = route.value
    const at = !isInFront.value
      ? undefined
      : page === 'queue'
        ? cursor.value
        : page === 'tickets'
          ? id
          : undefined
    if (!client) {
      told = undefined
      return
    }
    const timer = setTimeout(() => {
      if (at === told) return
      told = at
      client.look(at)
    }, STAYS_MS)
    return () => clearTimeout(timer)
  })
}
