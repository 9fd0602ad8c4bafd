import { signal } from '@preact/signals'

/** Unit: ms. */
const RESTS_AFTER_MS = 3_000

/** Whether somebody was at work in a list a moment ago, by pointer, touch or key: nothing in it moves by itself meanwhile. */
export const isAtWork = signal(false)

/** When the pointer last moved, by the page's own clock. Unit: ms. */
export let movedAt = 0

let resting: ReturnType<typeof setTimeout> | undefined

export function stir(): void {
  isAtWork.value = true
  clearTimeout(resting)
  resting = setTimeout(() => {
    isAtWork.value = false
  }, RESTS_AFTER_MS)
}

export function followHands(): void {
  addEventListener(
    'pointermove',
    () => {
      movedAt = performance.now()
    },
    { capture: true, passive: true },
  )
  for (const kind of ['pointermove', 'pointerdown', 'wheel', 'touchmove', 'keydown'])
    addEventListener(
      kind,
      ({ target }) => {
        if (target instanceof Element && target.closest('.virtual')) stir()
      },
      { capture: true, passive: true },
    )
}
