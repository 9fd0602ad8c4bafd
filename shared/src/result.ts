import type { Refusal } from './errors.ts'

/** What every fallible step returns: a value or a refusal from the catalogue. Throws are defects or lost dependencies. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Refusal }

export const ok = <T>(value: T): Result<T> => ({ ok: true, value })

export const failed = (error: Refusal): { readonly ok: false; readonly error: Refusal } => ({
  ok: false,
  error,
})
