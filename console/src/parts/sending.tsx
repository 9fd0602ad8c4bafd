import { useEffect, useState } from 'preact/hooks'

/** Most decisions have their answer sooner: a line that comes and goes would be read by nobody. */
const LATE_AFTER_MS = 500

/** Said of a decision that still has no answer. */
export function Sending() {
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return isLate ? (
    <span class="muted">Sent; its answer is still to come. Others can be decided meanwhile.</span>
  ) : null
}
