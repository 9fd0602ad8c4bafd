import type { AgentState } from '@holdpoint/shared'
import type { HoldpointError } from './errors.ts'
import type { Lease } from './lease.ts'
import { aborted } from './signals.ts'

/** Shared, so that a checkpoint that is passed allocates nothing. */
const PASSED = Promise.resolve()

/**
 * What every act goes through (AG3): open while the wanted state is `running`, no order is in doubt, and the lease
 * lives. Closing is immediate; what waits is woken by whatever may have opened it, and looks again.
 */
export class Gate {
  readonly #lease: Lease
  /** Somebody begins to wait though the wanted state is `running`. */
  readonly #halted: () => void
  readonly #ending = new AbortController()
  readonly #waiting = new Set<() => void>()
  #state: AgentState = 'stopped'
  #held = false
  /** `running` and not held and not ended, kept as one flag for the fast path. */
  #open = false
  #ended: HoldpointError | undefined

  constructor(lease: Lease, halted: () => void = () => {}) {
    this.#lease = lease
    this.#halted = halted
  }

  get state(): AgentState {
    return this.#state
  }

  /** Fires once, with the error that the checkpoint throws from then on. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get ended(): HoldpointError | undefined {
    return this.#ended
  }

  /** Nothing new may be taken up: paused, or an order is in doubt. */
  get isPaused(): boolean {
    return this.#state === 'paused' || this.#held
  }

  /** Calls back whenever the gate may have opened or closed. */
  watch(look: () => void): void {
    this.#waiting.add(look)
  }

  canContinue(): boolean {
    return this.#open && this.#lease.isLive()
  }

  /** Errors: what the gate ended with; the signal's reason. */
  checkpoint(signal?: AbortSignal): Promise<void> {
    if (this.#open && this.#lease.isLive() && !signal?.aborted) return PASSED
    if (this.#state === 'running') this.#halted()
    return this.until(() => this.canContinue(), signal)
  }

  /** The wanted state, as last heard. */
  setState(state: AgentState): void {
    this.#state = state
    this.#settle()
  }

  /** Closes until `release`: an order may concern this agent, and what stands has to be asked for first (AG7). */
  hold(): void {
    this.#held = true
    this.#settle()
  }

  release(): void {
    if (this.isAborted) return
    this.#held = false
    this.#settle()
  }

  /** Closes for good, as `end` does, but for the ending itself: how the agent was stopped is told a moment later. */
  abort(error: HoldpointError): void {
    this.hold()
    this.#ending.abort(error)
  }

  get isAborted(): boolean {
    return this.#ending.signal.aborted
  }

  /** The lease may have been renewed: whoever waits looks again. */
  wake(): void {
    if (this.#waiting.size > 0) for (const look of [...this.#waiting]) look()
  }

  /** Closes for good. The first ending stands. */
  end(error: HoldpointError): void {
    if (this.#ended) return
    this.#ended = error
    this.#lease.end()
    this.#settle()
    this.#ending.abort(error)
  }

  /** Waits until that is so. Errors: what the gate ended with; the signal's reason. */
  async until(isSo: () => boolean, signal?: AbortSignal): Promise<void> {
    for (;;) {
      if (this.#ended) throw this.#ended
      signal?.throwIfAborted()
      if (isSo()) return
      const changed = new Promise<void>((resolve) => {
        const look = () => {
          this.#waiting.delete(look)
          resolve()
        }
        this.#waiting.add(look)
      })
      await aborted(signal, changed)
    }
  }

  #settle(): void {
    this.#open = this.#state === 'running' && !this.#held && !this.#ended
    this.wake()
  }
}
