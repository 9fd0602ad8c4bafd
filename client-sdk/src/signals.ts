/** Awaits `promise`, or throws the signal's reason as soon as it aborts. The listener never outlives the wait. */
export async function aborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise
  signal.throwIfAborted()
  let stop: () => void = () => {}
  const abort = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, abort])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** One signal that fires with the first of several. Dispose of it: long-lived signals would keep its listeners. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal
  dispose(): void
} {
  const controller = new AbortController()
  const given = signals.filter((signal) => signal !== undefined)
  const onAbort = (event: Event) => controller.abort((event.target as AbortSignal).reason)
  for (const signal of given) {
    if (signal.aborted) controller.abort(signal.reason)
    else signal.addEventListener('abort', onAbort, { once: true })
  }
  return {
    signal: controller.signal,
    dispose: () => {
      for (const signal of given) signal.removeEventListener('abort', onAbort)
    },
  }
}
