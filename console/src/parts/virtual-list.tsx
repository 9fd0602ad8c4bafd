import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Places } from '../model/places.ts'
import { movedAt } from '../state/hands.ts'
import { tell } from '../state/notices.ts'

interface Props<T> {
  readonly items: readonly T[]
  readonly rowHeight: number
  readonly nameOf: (item: T) => string
  readonly draw: (item: T, at: number) => ComponentChildren
  readonly label: string
  /** Kept in sight. */
  readonly current?: string | undefined
  /** Another number: the reader asked for another order, and nothing in it is a surprise. */
  readonly asked?: unknown
  /** Which items are in sight, told when it changes. */
  readonly onWindow?: (names: readonly string[]) => void
}

const SPARE_ROWS = 6

/** Draws the rows in sight of however many there are; all are equally high. Units: px. */
export function VirtualList<T>(props: Props<T>) {
  const { items, rowHeight, nameOf, draw, label, current, asked, onWindow } = props
  const box = useRef<HTMLElement>(null)
  const latest = useRef(items)
  latest.current = items
  const places = useMemo(() => new Places(rowHeight, nameOf), [rowHeight])
  const note = () => {
    if (box.current) places.note(latest.current, box.current.getBoundingClientRect().top, performance.now())
  }
  const [span, setSpan] = useState<readonly [number, number]>([0, 40])

  useEffect(() => {
    const element = box.current
    if (!element) return
    const measure = () => {
      note()
      const from = Math.floor(element.scrollTop / rowHeight)
      const to = from + Math.ceil(element.clientHeight / rowHeight) + 1
      setSpan((before) => (before[0] === from && before[1] === to ? before : [from, to]))
    }
    measure()
    const sizes = new ResizeObserver(measure)
    sizes.observe(element)
    // The browser moves a list that glides once more after it told of it, and then paints: rows for where it was a moment
    // ago would leave the one in sight blank. Asked for in the event, this runs in the same frame, after that move.
    let frame = 0
    const onScroll = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(measure)
    }
    element.addEventListener('scroll', onScroll, { passive: true })
    element.addEventListener('keydown', jump)
    return () => {
      cancelAnimationFrame(frame)
      sizes.disconnect()
      element.removeEventListener('scroll', onScroll)
      element.removeEventListener('keydown', jump)
    }
  }, [rowHeight])

  useLayoutEffect(() => places.forget(), [asked])
  useLayoutEffect(note, [items, asked])
  useLayoutEffect(() => {
    const at = current === undefined ? -1 : items.findIndex((item) => nameOf(item) === current)
    if (at >= 0) bringIntoSight(box.current, at, rowHeight)
  }, [current])

  const from = Math.max(0, span[0] - SPARE_ROWS)
  const shown = items.slice(from, span[1] + SPARE_ROWS)
  const names = shown.map(nameOf)
  const inSight = names.join('\n')
  useEffect(() => onWindow?.(names), [inSight])

  /** What came under the hand just before the press was not what the press was meant for. */
  const guard = (event: MouseEvent) => {
    const place = (event.target as Element).closest('.virtual-row')
    const at = from + [...(place?.parentElement?.children ?? [])].indexOf(place as Element)
    const item = items[at]
    // a press by key is for what has the focus, wherever that stands
    if (!box.current || !place || !item || event.detail === 0) return
    const { clientY } = event
    const { scrollTop } = box.current
    if (!places.isSurprise(nameOf(item), clientY, scrollTop, performance.now(), movedAt)) return
    event.preventDefault()
    event.stopPropagation()
    tell('neutral', 'The list moved just before you pressed: look, then press again.')
  }

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section ref={box} class="virtual" aria-label={label} tabIndex={0} onClickCapture={guard}>
      <div class="virtual-rows" style={{ height: `${items.length * rowHeight}px` }}>
        {shown.map((item, at) => (
          <div
            key={nameOf(item)}
            class="virtual-row"
            style={{ top: `${(from + at) * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {draw(item, from + at)}
          </div>
        ))}
      </div>
    </section>
  )
}

export const rowId = (name: string): string => `row-${name}`

/** To either end at once: gliding over thousands of rows shows none of them, and nothing at all before the first is told. */
function jump(event: KeyboardEvent): void {
  const { key, ctrlKey, altKey, metaKey, shiftKey } = event
  const element = event.currentTarget as HTMLElement
  if ((key !== 'Home' && key !== 'End') || ctrlKey || altKey || metaKey || shiftKey) return
  event.preventDefault()
  element.scrollTop = key === 'Home' ? 0 : element.scrollHeight
}

function bringIntoSight(element: HTMLElement | null, at: number, rowHeight: number): void {
  if (!element) return
  const top = at * rowHeight
  if (top < element.scrollTop) element.scrollTop = top
  else if (top + rowHeight > element.scrollTop + element.clientHeight)
    element.scrollTop = top + rowHeight - element.clientHeight
}
