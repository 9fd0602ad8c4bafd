/** An agent's program over all the lives of its process: the real client, and a journal that outlives it. */
import { ActionFailure, AgentClient, AgentStoppedError, HoldpointError } from '@holdpoint/client'
import type { Principal } from '@holdpoint/server/parts'
import type { Act } from '../../chaos/history.ts'
import { Machine } from '../kernel/machine.ts'
import type { World } from '../kernel/world.ts'
import { tokenOf } from './token.ts'

export interface AgentParts {
  readonly world: World
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly leaseMs: number
  /** Its program keeps no keys: what it asks for again is something new to the server (AP9). */
  readonly keyless: boolean
  /** By how much its clocks are off, drawn anew for each machine that it runs on. */
  readonly rate: () => number
  readonly act: (process: AgentProcess, act: Omit<Act, 'kind' | 'at'>) => void
  /** The program was handed an instruction. */
  readonly instructed: (process: AgentProcess, id: string) => void
}

/** One life. */
export interface AgentProcess {
  readonly machine: Machine
  readonly client: AgentClient
  /** How many of its workers have nothing left to do. */
  idle: number
}

interface Asked {
  readonly key: string
  readonly action: string
  readonly args: Readonly<Record<string, unknown>>
}

const ACTIONS = ['read_file', 'read_file', 'api_call', 'api_call', 'send_email'] as const

export class Agent {
  readonly principal: Principal
  /** Oldest first; the former ones may still be about: frozen, or not yet aware that they lost. */
  processes: readonly AgentProcess[] = []
  draining = false
  lives = 0
  readonly #parts: AgentParts
  /** Asked for and not seen the end of: on disk, so that the next life asks again under the same key. */
  readonly #journal = new Map<string, Asked>()
  readonly #denied: Asked[] = []

  constructor(parts: AgentParts) {
    this.#parts = parts
    this.principal = {
      tenant: 'acme',
      id: parts.name,
      role: 'agent',
      labels: parts.labels,
      owner: 'ana',
      jti: parts.name,
      issuedAt: 0,
      expiresAt: Number.MAX_SAFE_INTEGER,
    }
  }

  get name(): string {
    return this.#parts.name
  }

  /** The latest. Which of them holds the run is for the server to say. */
  get process(): AgentProcess | undefined {
    return this.processes.at(-1)
  }

  /** Nothing is left to do, and whichever process held the run does nothing any more. */
  get isDone(): boolean {
    return this.draining && this.#journal.size === 0 && this.processes.some(({ idle }) => idle === WORKERS)
  }

  /** For a message: what keeps it. */
  get left(): string {
    const processes = this.processes.map(({ client, idle }) => `${client.connection} ${client.state} ${idle}`)
    return `${this.#journal.size} asked for, ${processes.join(', ')}`
  }

  /** A new process; a former one may go on beside it, if it lives. */
  live(): void {
    const { world, name, rate, leaseMs } = this.#parts
    this.lives += 1
    const machine = new Machine(world, name, {
      rate: rate(),
      wallOff: world.chance.pick([0, 0, -3_600_000, 86_400_000]),
      bootedAt: world.chance.between(0, 1_000_000),
    })
    world.schedule(machine, 0, 'start', () => {
      const client = new AgentClient({
        url: 'http://any',
        token: tokenOf(this.principal),
        clocks: machine.clocks,
        leaseMs,
        takeover: true,
        logger: { warn: () => {} },
      })
      const process = { machine, client, idle: 0 }
      this.processes = [...this.processes, process]
      this.#work(process)
        .catch((error: unknown) => {
          if (!(error instanceof HoldpointError)) world.defect(error)
        })
        .finally(() => {
          // Stopped, locked or superseded: as a supervisor would, it is started anew after a while. Also when it has nothing
          // left to ask for, since a store that lost history may have something for it.
          if (this.process === process && !machine.isDead)
            machine.after(world.chance.between(200, 1_000), () => {
              if (this.process === process) this.live()
            })
        })
    })
  }

  async #work(process: AgentProcess): Promise<void> {
    const { client } = process
    await client.start()
    const instructions = this.#answerInstructions(process)
    for (const entry of [...this.#journal.values()]) await this.#once(process, entry, this.#keyAgain(entry))
    await Promise.all(Array.from({ length: WORKERS }, () => this.#worker(process)))
    await instructions
  }

  async #worker(process: AgentProcess): Promise<void> {
    const { machine, client } = process
    const { chance } = this.#parts.world
    while (!this.draining) {
      await client.checkpoint()
      const dice = chance.next()
      if (dice < 0.06)
        await client.ask(`q${this.#parts.world.newId()}`, {
          timeoutMs: chance.between(1_000, 3_000),
          blocking: chance.chance(0.3),
        })
      else await this.#once(process, this.#next())
      await machine.wait(chance.between(20, 900))
    }
    process.idle += 1
  }

  #next(): Asked {
    const { chance } = this.#parts.world
    const key = this.#parts.world.newId()
    const again = this.#denied.length > 0 && chance.chance(0.3) ? chance.pick(this.#denied) : undefined
    const entry = again
      ? { ...again, key }
      : { key, action: chance.pick(ACTIONS), args: { mark: key, n: chance.between(1, 1_000) } }
    this.#journal.set(key, entry)
    return entry
  }

  /** Drawn only where it is wanted: what everybody else draws stays the same. */
  #keyAgain({ key }: Asked): string {
    const { keyless, world } = this.#parts
    return keyless ? world.newId() : key
  }

  async #once(process: AgentProcess, entry: Asked, key = entry.key): Promise<void> {
    const { world, act, keyless } = this.#parts
    const { client, machine } = process
    try {
      const result = await client.run(
        entry.action,
        entry.args,
        async (_args, { id, digest, signal }) => {
          act(process, { agent: this.name, epoch: client.held?.epoch ?? '', id, digest })
          await machine.wait(world.chance.between(0, keyless ? LONG_ACT_MS : 300))
          signal.throwIfAborted()
          if (world.chance.chance(0.1)) throw new ActionFailure('it did not work', { severity: 0.1 })
        },
        { key, blocking: world.chance.chance(0.3) },
      )
      if (result.status === 'denied' && result.response === undefined) this.#denied.push(entry)
    } catch (error) {
      if (error instanceof AgentStoppedError) throw error
      if (!(error instanceof ActionFailure || error instanceof HoldpointError)) throw error
    }
    this.#journal.delete(entry.key)
  }

  async #answerInstructions(process: AgentProcess): Promise<void> {
    const { world, instructed } = this.#parts
    try {
      for await (const instruction of process.client.instructions()) {
        instructed(process, instruction.id)
        await (world.chance.chance(0.8) ? instruction.applied('done') : instruction.declined('no'))
      }
    } catch (error) {
      if (!(error instanceof HoldpointError)) throw error
    }
  }
}

const WORKERS = 2
/** In the midst of which a process often dies. */
const LONG_ACT_MS = 2_500
