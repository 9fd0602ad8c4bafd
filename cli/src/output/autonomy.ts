import type { AutonomyView } from '@holdpoint/shared'

/** Its level and trust, and what an admin has ruled of it or may. */
export function autonomyText({ trust, level, pinned, cap, earned }: AutonomyView): string {
  const notes = [
    pinned && `pinned to ${pinned}`,
    cap && `at most ${cap}`,
    earned && `${earned} earned, to be confirmed`,
  ].filter(Boolean)
  return [`${level}, trust ${trust.toFixed(2)}`, ...notes].join(', ')
}
