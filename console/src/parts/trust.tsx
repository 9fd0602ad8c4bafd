import type { AutonomyLevel } from '@holdpoint/shared'

interface Props {
  readonly trust: number
  readonly level: AutonomyLevel
}

/** Trust as a bar with its number; the ticks are where the built-in policy's levels begin. */
export function Trust({ trust, level }: Props) {
  return (
    <span class="trust" title={`trust ${trust.toFixed(3)}, autonomy level ${level}`}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="6" rx="3" />
        <rect class={`fill ${level}`} width={Math.max(2, trust * 100)} height="6" rx="3" />
      </svg>
      <span class="figures">{trust.toFixed(2)}</span> {level}
    </span>
  )
}
