import { computed } from '@preact/signals'
import { useMemo } from 'preact/hooks'

/**
 * What follows from signals that move often, the clock among them: whoever draws it is drawn anew only where the outcome
 * is another one. `inputs`: what `derive` uses besides signals.
 */
export const useDerived = <T>(derive: () => T, inputs: readonly unknown[]): T =>
  useMemo(() => computed(derive), inputs).value
