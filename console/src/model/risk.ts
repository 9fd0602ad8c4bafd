import type { ApprovalView } from '@holdpoint/shared'
import { suspect } from '@holdpoint/shared'

const GRAVE_CLASSES = ['delete', 'system_modify', 'critical_system']
const RISKY = 0.7

/** What must not be released by a slip of the finger: its target is typed first. */
export function isGrave({ level, class: kind, risk = 0, begunBefore }: ApprovalView): boolean {
  const isByLevel = level === 'required_2fa' || level === 'admin_only'
  return isByLevel || begunBefore !== undefined || GRAVE_CLASSES.includes(kind) || risk > RISKY
}

export const TARGET_KEYS: readonly string[] = [
  'to',
  'recipient',
  'account',
  'path',
  'target',
  'host',
  'url',
  'database',
  'table',
  'name',
  'id',
]
const MAX_TARGET = 60

/**
 * What is typed before something grave: whom or what it is done to, where the arguments say so in a text that anybody
 * can type, else the action's name.
 */
export function targetOf(action: string, args: unknown): string {
  if (typeof args !== 'object' || args === null) return action
  for (const key of TARGET_KEYS) {
    const value = Object.hasOwn(args, key) ? (args as Record<string, unknown>)[key] : undefined
    if (typeof value === 'number') return String(value)
    if (typeof value === 'string' && isTypable(value)) return value
  }
  return action
}

const isTypable = (text: string): boolean =>
  text.length > 0 &&
  text.length <= MAX_TARGET &&
  /^[\x21-\x7E]+( [\x21-\x7E]+)*$/.test(text) &&
  !suspect(text).twins
