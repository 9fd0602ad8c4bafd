import type { Target } from '@holdpoint/shared'
import { visible } from './visible.ts'

/** Whom a target means, in a word or two. */
export function targetText(target: Target): string {
  if ('all' in target) return 'all'
  if ('labels' in target) return visible(target.labels)
  return `${visible(target.agent)}${target.children ? ' and children' : ''}`
}
