import type { EventView } from '@holdpoint/shared'

interface Cause {
  readonly kind?: string
  readonly severity?: number
  readonly level?: string
  readonly reason?: string
}

/** Why a `trust.changed` came about, and who ruled so where a person did (AU, IN1). What is in quotes they wrote. */
export function causeWords({ by, data }: Pick<EventView, 'by' | 'data'>): string {
  const cause = (data as { cause?: Cause }).cause ?? {}
  const ruling = rulingWords(cause)
  if (ruling === undefined)
    return `${cause.kind ?? ''}${cause.severity === undefined ? '' : `, severity ${cause.severity}`}`
  return `${ruling}${by === undefined ? '' : ` by ${by}`}${cause.reason === undefined ? '' : `: “${cause.reason}”`}`
}

function rulingWords({ kind, level }: Cause): string | undefined {
  switch (kind) {
    case 'confirm':
      return 'promotion confirmed'
    case 'pin':
      return level === undefined ? 'pin lifted' : `pinned to ${level}`
    case 'cap':
      return level === undefined ? 'cap lifted' : `capped at ${level}`
    case 'reset':
      return 'reset'
    default:
      return undefined
  }
}
