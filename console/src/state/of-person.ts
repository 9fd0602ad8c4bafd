import { batch, type Signal, signal } from '@preact/signals'

const forgetting = new Set<() => void>()

/** A signal that one person's work fills: when they leave it is as it was before they came. */
export function ofPerson<T>(initial: T): Signal<T> {
  const one = signal(initial)
  onLeaving(() => {
    one.value = initial
  })
  return one
}

/** Runs whenever somebody leaves, for what is kept beside signals. */
export function onLeaving(forget: () => void): void {
  forgetting.add(forget)
}

/** What one person looked at, wrote or chose counts for nobody who comes after them. */
export const forgetPerson = (): void =>
  batch(() => {
    for (const forget of forgetting) forget()
  })
