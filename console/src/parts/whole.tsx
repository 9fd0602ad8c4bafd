import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { cover, covered, type Stretches } from '../model/coverage.ts'

interface Props {
  /** Names what is inside: another name begins anew. */
  readonly name: string
  /** What part of it has been on screen, 0 to 1; 1 only where all of it was. */
  readonly onSeen: (part: number) => void
  readonly children: ComponentChildren
}

/**
 * Watches how much of its content has been before the reader's eyes: inside the window and inside every scrolling box
 * around it, while the page is the visible one. Anything that moves its lines makes it begin anew, unless all was seen.
 */
export function Whole({ name, onSeen, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const tell = useRef(onSeen)
  tell.current = onSeen

  useEffect(() => {
    const element = box.current
    if (!element) return
    let seen: Stretches = []
    let size = ''
    let part = 0
    const look = () => {
      if (part === 1 || document.visibilityState !== 'visible') return
      const content = element.getBoundingClientRect()
      const now = `${content.width}×${content.height}`
      if (now !== size) seen = []
      size = now
      const [top, bottom] = visibleSpan(element)
      seen = cover(seen, Math.max(0, top - content.top), Math.min(content.height, bottom - content.top))
      const next = covered(seen, content.height)
      if (next === part) return
      part = next
      tell.current(part)
    }
    let frame = 0
    const soon = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(look)
    }
    const sizes = new ResizeObserver(soon)
    sizes.observe(element)
    const nearness = new IntersectionObserver(soon, { threshold: [0, 0.25, 0.5, 0.75, 1] })
    nearness.observe(element)
    addEventListener('scroll', soon, { capture: true, passive: true })
    addEventListener('resize', soon)
    document.addEventListener('visibilitychange', soon)
    soon()
    return () => {
      cancelAnimationFrame(frame)
      sizes.disconnect()
      nearness.disconnect()
      removeEventListener('scroll', soon, { capture: true })
      removeEventListener('resize', soon)
      document.removeEventListener('visibilitychange', soon)
    }
  }, [name])

  return <div ref={box}>{children}</div>
}

/** What part of the window shows this element's content: the window, less what each scrolling box around it cuts off. */
function visibleSpan(element: Element): readonly [top: number, bottom: number] {
  let [top, bottom] = [0, document.documentElement.clientHeight]
  for (let one = element.parentElement; one; one = one.parentElement) {
    if (getComputedStyle(one).overflowY === 'visible') continue
    const { top: from, bottom: to } = one.getBoundingClientRect()
    top = Math.max(top, from)
    bottom = Math.min(bottom, to)
  }
  const bar = document.querySelector('[data-covers]')?.getBoundingClientRect()
  if (bar && bar.height > 0) bottom = Math.min(bottom, bar.top)
  return [top, bottom]
}
