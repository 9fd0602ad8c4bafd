import { useRef } from 'preact/hooks'
import { inPlace } from '../model/in-place.ts'
import { isAtWork } from '../state/hands.ts'

/**
 * What a list shows of `items`: while somebody is at work in it nothing changes its place. `asked`: another one is another
 * list, which the reader asked for.
 */
export function useSteady<T>(items: readonly T[], nameOf: (item: T) => string, asked: string): readonly T[] {
  const before = useRef<{ readonly items: readonly T[]; readonly asked: string } | undefined>(undefined)
  const isHeld = isAtWork.value && before.current?.asked === asked
  const shown = isHeld && before.current ? inPlace(before.current.items, items, nameOf) : items
  before.current = { items: shown, asked }
  return shown
}
