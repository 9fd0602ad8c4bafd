import { refusal } from '@holdpoint/shared'
import { HoldpointError } from './errors.ts'

/**
 * Refuses options that nobody reads: without types, a misspelt `timeoutMs` would wait for hours and nobody would know
 * why. `known` names them all. Errors: HoldpointError `invalid`.
 */
export function refuseUnknown(call: string, options: object, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null)
    throw new HoldpointError(refusal('invalid', `The options of ${call} are an object.`))
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name))
  if (unknown.length === 0) return
  const names = unknown.map((name) => JSON.stringify(name)).join(', ')
  const message = `${call} has no option ${names}; it has ${Object.keys(known).join(', ')}.`
  throw new HoldpointError(refusal('invalid', message))
}
