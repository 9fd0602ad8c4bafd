import { useInput } from 'ink'
import { useLayoutEffect, useReducer, useRef } from 'react'
import { createKeystrokes, type Stroke } from './keystrokes.ts'

/** A key, and when it came in, by the console's clock. */
export interface Pressed extends Stroke {
  /** ms */
  readonly at: number
}

/**
 * Hands keys to `press` one by one, each to the screen that all earlier ones have led to: the next is handed over
 * only once what the last one changed was drawn. Without that, the second `j` of two that came together would be
 * lost, and an `a` after them would decide on another item than the one that is highlighted.
 */
export function useKeys(press: (pressed: Pressed) => void, clock: () => number): void {
  const [turn, nextTurn] = useReducer((count: number) => count + 1, 0)
  const keystrokes = useRef(createKeystrokes())
  const queue = useRef<Pressed[]>([])
  const turns = useRef(0)
  const latest = useRef(press)
  latest.current = press

  const takeNext = () => {
    if (turns.current !== turn) return // the last key is not drawn yet; its drawing comes back here
    const pressed = queue.current.shift()
    if (!pressed) return
    turns.current += 1
    latest.current(pressed)
    nextTurn()
  }
  const taking = useRef(takeNext)
  taking.current = takeNext

  useLayoutEffect(() => {
    // Not in the same tick: React takes a long chain of updates out of each other for an endless one.
    if (queue.current.length > 0) setImmediate(() => taking.current())
  })
  useInput((input, key) => {
    const at = clock()
    for (const stroke of keystrokes.current(input, key)) queue.current.push({ ...stroke, at })
    taking.current()
  })
}
