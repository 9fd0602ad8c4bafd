import { clockTime, duration } from '../model/time.ts'
import { connection, now } from '../state/live.ts'

/** Whether what is shown is current, and since when it is not. */
export function Connection() {
  const { status, since } = connection.value
  void now.value
  return (
    <span class={`connection ${status}`} role="status">
      <i aria-hidden="true" />
      {status === 'live'
        ? 'Live'
        : status === 'silent'
          ? `No sign of life for ${duration(Date.now() - since)}`
          : status === 'reconnecting'
            ? 'Reconnecting …'
            : `Stale since ${clockTime(since)}, ${duration(Date.now() - since)}`}
    </span>
  )
}
