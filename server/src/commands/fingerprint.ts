import { hash } from 'node:crypto'
import { canonicalText } from '@holdpoint/shared'

/**
 * Tells one payload from another under the same key (AP7). `key` is the identity itself; epoch and instance say who
 * asks, not what: a later process that asks the same again must be recognised. A start is about its instance, and a
 * completion about its run: the same key in a later run must not pass for having completed that one too.
 */
export function fingerprintOf(name: string, payload: Readonly<Record<string, unknown>>): string {
  const { key: _key, epoch, instance, ...rest } = payload
  const what =
    name === 'run.start' ? { ...rest, instance } : name === 'run.complete' ? { ...rest, epoch } : rest
  return hash('sha256', `${name}${canonicalText(what)}`, 'base64url')
}
