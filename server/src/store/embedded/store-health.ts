import { OutcomeUnknown, StoreUnavailable } from '../store.ts'
import { sqliteCode } from './sqlite.ts'

/**
 * Whether the disk has confirmed every write until now. One that it did not may or may not be there: trying again could
 * acknowledge what it has lost (the kernel reports a failed flush once), so nothing is written any more (PR1, ST8).
 */
export class StoreHealth {
  readonly #onFatal: (error: Error) => void
  #failure: Error | undefined
  readonly #whenFailed: (() => void)[] = []

  /** `onFatal` is told once. */
  constructor(onFatal: (error: Error) => void) {
    this.#onFatal = onFatal
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** What those learn whose write it was. */
  fail(error: unknown): OutcomeUnknown {
    if (!this.#failure) {
      this.#failure = error instanceof Error ? error : new Error(String(error))
      this.#onFatal(this.#failure)
      for (const tell of this.#whenFailed) tell()
    }
    return new OutcomeUnknown(
      `The disk did not confirm the write (${this.#failure.message}); whether it was kept is not known.`,
      { cause: this.#failure },
    )
  }

  /** For whoever waits for what does not come any more. */
  whenFailed(tell: () => void): void {
    this.#whenFailed.push(tell)
  }

  /** What those learn who come later. */
  refusal(): StoreUnavailable {
    return new StoreUnavailable(
      'The store stopped after a write that the disk did not confirm; restart the server.',
      { cause: this.#failure },
    )
  }

  /** Throws the refusal where a failed write has ended the store. */
  assertRunning(): void {
    if (this.hasFailed) throw this.refusal()
  }
}

export const noRoom = (cause?: unknown): StoreUnavailable =>
  new StoreUnavailable('The disk is full, nothing was written; make room and try again.', { cause })

/** Lack of room or a failing device is the store's state, not the change's fault; everything else is a defect. */
export function notWritten(error: unknown): Error {
  const code = sqliteCode(error)
  if (code === 'SQLITE_FULL') return noRoom(error)
  if (code === 'SQLITE_IOERR_WRITE')
    return new StoreUnavailable(
      'The disk did not take the write, nothing was written: its quota is used up, or it fails; make room and try again.',
      { cause: error },
    )
  if (code?.startsWith('SQLITE_IOERR'))
    return new StoreUnavailable(`The disk failed before the write (${code}), nothing was written.`, {
      cause: error,
    })
  return error instanceof Error ? error : new Error(String(error))
}
