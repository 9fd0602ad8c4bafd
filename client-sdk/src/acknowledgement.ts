import type { AgentState } from '@holdpoint/shared'

interface Enforced {
  readonly seq: number
  readonly state: AgentState
}

/**
 * Tells the server which wanted state this process has reached (AG2), so that operators can tell "pausing" from
 * "paused". Level-triggered: the last word is what counts, and it is said again until it was heard.
 */
export class Acknowledgement {
  readonly #tell: (enforced: Enforced) => Promise<boolean>
  readonly #may: () => boolean
  /** What the server was last told, or is about to be. */
  #told: Enforced = { seq: 0, state: 'running' }
  #due: Enforced | undefined
  #telling: Promise<void> | undefined

  /** `tell`: false where it is to be said again later. `may`: connected, and nothing is being executed any more. */
  constructor(tell: (enforced: Enforced) => Promise<boolean>, may: () => boolean) {
    this.#tell = tell
    this.#may = may
  }

  get isDue(): boolean {
    return this.#due !== undefined
  }

  /** The gate enforces this now. `explicit`: the server said nothing else than that the state changed. */
  enforced(seq: number, state: AgentState, explicit: boolean): void {
    // Paused again after a resume that we never saw: the server waits for this one's acknowledgement.
    const again = explicit && state === 'paused' && seq > this.#told.seq
    if (classOf(state) === classOf(this.#told.state) && !again) return
    this.#told = { seq, state }
    this.#due = this.#told
  }

  /** Says what is due, if it may be said now. */
  say(): Promise<void> {
    if (!this.#telling && this.#due && this.#may())
      this.#telling = this.#sayAll().finally(() => {
        this.#telling = undefined
      })
    return this.#telling ?? Promise.resolve()
  }

  async #sayAll(): Promise<void> {
    for (let due = this.#due; due && this.#may(); due = this.#due) {
      if (!(await this.#tell(due))) return
      if (this.#due === due) this.#due = undefined
    }
  }
}

/** Moving between running and awaiting input needs no acknowledgement: nobody asked for it. */
const classOf = (state: AgentState): 'active' | 'paused' | 'stopped' =>
  state === 'paused' || state === 'stopped' ? state : 'active'
