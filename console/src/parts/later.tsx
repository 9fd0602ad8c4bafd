import { effect, signal } from '@preact/signals'
import type { ComponentChildren, ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { isLive } from '../state/live.ts'

type Rest = typeof import('../rest.ts').rest

/** Long enough for what waits to be read and drawn first. Unit: ms. */
const AFTER_MS = 400

const rest = signal<Rest | 'failed' | undefined>()
let isAsked = false

function ask(): void {
  if (isAsked) return
  isAsked = true
  import('../rest.ts').then(
    (found) => {
      rest.value = found.rest
    },
    () => {
      rest.value = 'failed'
    },
  )
}

/** Fetches the rest once the page is live: a server that is gone or replaced an hour later takes nothing of it away. */
export function followLater(): void {
  effect(() => {
    if (!isLive.value) return
    const timer = setTimeout(ask, AFTER_MS)
    return () => clearTimeout(timer)
  })
}

/**
 * A component of the rest, which is drawn at once where that is here, as it is by the time that somebody asks for it.
 * `frame`: what a failure is told in.
 */
export function later<P extends object>(
  choose: (rest: Rest) => ComponentType<P>,
  frame: (words: ComponentChildren) => ComponentChildren,
): ComponentType<P> {
  return (props) => {
    useEffect(ask, [])
    if (rest.value === undefined) return null
    if (rest.value === 'failed') return frame(<NotLoaded />)
    const Part = choose(rest.value)
    return <Part {...props} />
  }
}

/** A browser may not ask again for a file that failed, and after an upgrade it is gone: both end with a reload. */
function NotLoaded() {
  return (
    <div class="empty" role="alert">
      <strong>This part of the page could not be loaded.</strong>
      <span>The connection broke, or the server was upgraded since you opened the page.</span>
      <button type="button" onClick={() => location.reload()}>
        Reload the page
      </button>
    </div>
  )
}
