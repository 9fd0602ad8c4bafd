import { useRef, useState } from 'preact/hooks'

/**
 * Whether what was begun here is still under way, and how to begin it: a second press meanwhile does nothing, though the
 * page was not drawn anew yet.
 */
export function useBusy(): readonly [busy: boolean, begin: (run: () => Promise<unknown>) => Promise<void>] {
  const [busy, setBusy] = useState(false)
  const isBusy = useRef(false)
  const begin = async (run: () => Promise<unknown>) => {
    if (isBusy.current) return
    isBusy.current = true
    setBusy(true)
    try {
      await run()
    } finally {
      isBusy.current = false
      setBusy(false)
    }
  }
  return [busy, begin]
}
