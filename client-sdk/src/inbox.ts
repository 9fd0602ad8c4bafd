import { type InstructionView, newId } from '@holdpoint/shared'
import type { AgentSession } from './agent-session.ts'
import type { Instruction } from './agent-types.ts'
import { HoldpointError } from './errors.ts'
import { AsyncQueue } from './queue.ts'

/** How many ids are remembered to know a repeated instruction by: many times what a server queues (AP14: 100). */
const REMEMBERED = 4_096

/** Instructions, each once, in the order in which they came, and none while the agent is paused (IN2). */
export class Inbox {
  readonly #session: AgentSession
  readonly #queue: AsyncQueue<Instruction>
  readonly #seen = new Set<string>()

  constructor(session: AgentSession) {
    this.#session = session
    const { gate } = session
    this.#queue = new AsyncQueue(Number.POSITIVE_INFINITY, () => !gate.isPaused)
    gate.watch(() => this.#queue.look())
  }

  take(view: InstructionView): void {
    if (view.status !== 'queued' || this.#seen.has(view.id)) return
    this.#seen.add(view.id)
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value as string)
    const { id, text, data, by, at } = view
    this.#queue.push({
      id,
      text,
      data,
      by,
      at,
      applied: (note) => this.#answer(id, 'applied', note),
      declined: (note) => this.#answer(id, 'declined', note),
    })
  }

  end(): void {
    this.#queue.end()
  }

  read(): AsyncIterableIterator<Instruction> {
    const queue = this.#queue
    return {
      next: () => queue.next(),
      return: () => Promise.resolve({ done: true, value: undefined }),
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  async #answer(id: string, outcome: 'applied' | 'declined', note: string | undefined): Promise<void> {
    const payload = { key: newId(), id, outcome, note }
    const { gate } = this.#session
    for (;;) {
      await gate.until(() => !gate.isPaused)
      try {
        await this.#session.call('instruction.ack', payload)
        return
      } catch (error) {
        // Paused meanwhile: the same answer is good once it goes on.
        if (!(error instanceof HoldpointError && error.code === 'paused')) throw error
      }
    }
  }
}
