import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldpointError, OperatorClient, OutcomeUnknownError } from '@holdpoint/client/operator'
import type { ApprovalView, TicketView } from '@holdpoint/shared'
import { newId } from '@holdpoint/shared'
import { type Random, random } from '../harness/random.ts'

export interface OperatorOptions {
  readonly url: string
  readonly token: string
  readonly seed: number
  /** Whom it pauses, stops and instructs. */
  readonly agents: readonly string[]
  /** How long it rests between two interventions, ms. */
  readonly interveneEveryMs: readonly [number, number]
  /** How many things it decides at once; 3 by default. */
  readonly deciders?: number | undefined
  /** How long each of its loops that decide rests between two decisions, ms. */
  readonly decideEveryMs: readonly [number, number]
}

/** A person at work at a console: decides, answers, intervenes, and asks again under the same key until told. */
export interface Operator extends AsyncDisposable {
  readonly client: OperatorClient
  readonly tally: Tally
  /** Ends the interventions and lets every agent go on; decisions and answers go on. */
  calm(): Promise<void>
  /** Ends its work; its console stays open. */
  end(): Promise<void>
}

export interface Tally {
  decisions: number
  interventions: number
  answers: number
  /** Asked for again, since nobody knew. */
  unknowns: number
  /** Asked for again though it was known. */
  repeats: number
  /** Sent after its time was up. */
  late: number
  /** The longest that a call took until it was answered: ok, refused or unknown; ms. */
  slowestMs: number
  refused: Record<string, number>
}

/** How long it waits for an answer; without one it is told that nobody knows (PR2). Unit: ms. */
const TRY_MS = 1_800
/** Past a deadline by this much at most, ms, when deciding late on purpose; more than the checks' slack at least. */
const LATENESS_MS = 300
/** Which of them, by the random end of their ids, so that all operators agree: one in eight. */
const LATE = /[01]$/

const RETRIED: ReadonlySet<string> = new Set([
  'unavailable',
  'unknown',
  'draining',
  'rate_limited',
  'internal',
])

export function startOperator(options: OperatorOptions): Operator {
  const { url, token, seed, agents, interveneEveryMs, decideEveryMs, deciders = 3 } = options
  const client = new OperatorClient({ url, token, timeoutMs: TRY_MS })
  const tally: Tally = {
    decisions: 0,
    interventions: 0,
    answers: 0,
    unknowns: 0,
    repeats: 0,
    late: 0,
    slowestMs: 0,
    refused: {},
  }
  const ending = new AbortController()
  const calming = new AbortController()
  // Every rest and every command listens.
  setMaxListeners(0, ending.signal)
  const orders = new Set<string>()
  const late = new Set<Promise<void>>()
  const putOff = new Set<string>()

  /** Until there is an answer. True once it was done; false where it was refused. */
  const persist = async (
    command: (options: { key: string; signal: AbortSignal }) => Promise<unknown>,
    key = newId(),
  ) => {
    for (;;) {
      ending.signal.throwIfAborted()
      const askedAt = performance.now()
      try {
        return await command({ key, signal: ending.signal })
      } catch (error) {
        if (!(error instanceof HoldpointError)) throw error
        if (error instanceof OutcomeUnknownError || RETRIED.has(error.code)) {
          tally.unknowns += 1
          await sleep(20)
        } else {
          tally.refused[error.code] = (tally.refused[error.code] ?? 0) + 1
          return undefined
        }
      } finally {
        tally.slowestMs = Math.max(tally.slowestMs, performance.now() - askedAt)
      }
    }
  }

  /** Now and then it asks again for what it knows: the first answer must come again (PR2). */
  const command = async (
    chance: Random,
    send: (options: { key: string; signal: AbortSignal }) => Promise<unknown>,
    key = newId(),
  ): Promise<unknown> => {
    const done = await persist(send, key)
    if (done !== undefined && chance.chance(0.15)) {
      tally.repeats += 1
      await persist(send, key)
    }
    return done
  }

  const loop = async (
    paceMs: readonly [number, number],
    until: readonly AbortSignal[],
    step: (chance: Random) => Promise<void>,
    mine: number,
  ): Promise<void> => {
    const chance = random(seed * 31 + mine)
    const signal = AbortSignal.any([...until])
    while (!signal.aborted) {
      try {
        await sleep(chance.between(...paceMs), undefined, { signal })
        await step(chance)
      } catch (error) {
        if (!signal.aborted && !ending.signal.aborted) throw error
      }
    }
  }

  /** Some things nobody touches until their time has just passed: those must not be done any more. */
  const nowOrLate = async (
    { id, expiresAt }: { readonly id: string; readonly expiresAt?: string | undefined },
    chance: Random,
    act: () => Promise<void>,
  ): Promise<void> => {
    if (expiresAt === undefined || !LATE.test(id)) return act()
    if (putOff.has(id)) return
    putOff.add(id)
    tally.late += 1
    const restMs = Date.parse(expiresAt) - Date.now() + chance.between(25, LATENESS_MS)
    const waiting = sleep(Math.max(0, restMs), undefined, { signal: ending.signal })
      .then(act)
      .catch((error: unknown) => {
        if (!ending.signal.aborted) throw error
      })
      .finally(() => late.delete(waiting))
    late.add(waiting)
  }

  const decide = async (chance: Random): Promise<void> => {
    const waiting = [...client.replica.approvals.values()].filter(({ held }) => !held)
    if (waiting.length === 0) return
    const approval = chance.pick(waiting)
    const key = newId()
    const decision = decisionOn(approval, chance.next(), key)
    await nowOrLate(approval, chance, async () => {
      await command(chance, decision, key)
      tally.decisions += 1
    })
  }

  const decisionOn =
    (approval: ApprovalView, dice: number, key: string) =>
    (given: { key: string; signal: AbortSignal }): Promise<unknown> => {
      if (dice < 0.62) return client.approve(approval, { note: key, ...given })
      if (dice < 0.75) return client.approve(approval, { note: key, args: { edited: key }, ...given })
      return dice < 0.9 ? client.deny(approval, key, given) : client.respond(approval, key, given)
    }

  const answer = async (chance: Random): Promise<void> => {
    const open = [...client.replica.tickets.values()]
    if (open.length === 0) return
    const ticket = chance.pick(open)
    await nowOrLate(ticket, chance, async () => {
      await command(chance, answerTo(ticket))
      tally.answers += 1
    })
  }

  const answerTo = (ticket: TicketView) => (given: { key: string; signal: AbortSignal }) =>
    ticket.kind === 'question'
      ? client.answer(ticket.id, 'yes', given)
      : client.resolve(ticket.id, { resolution: 'looked at it', ...given })

  const intervene = async (chance: Random): Promise<void> => {
    const agent = chance.pick(agents)
    const dice = chance.next()
    tally.interventions += 1
    if (dice < 0.4) await inject(chance, agent)
    else if (dice < 0.7) await pauseAWhile(chance, agent)
    else if (dice < 0.85) await stopAWhile(chance, agent)
    else await orderAWhile(chance)
  }

  const inject = (chance: Random, agent: string) => {
    const key = newId()
    return command(chance, (given) => client.inject(agent, key, undefined, given), key)
  }

  const pauseAWhile = async (chance: Random, agent: string): Promise<void> => {
    const [pause, resume] = [newId(), newId()]
    await command(chance, (given) => client.pause(agent, pause, given), pause)
    // Resumed although it was paused before: a stop outlasts whoever paused it, a pause outlasts the stop (AG8), and no other would let it go on.
    await sleep(chance.between(50, 500))
    await command(chance, (given) => client.resume(agent, resume, given), resume)
  }

  const stopAWhile = async (chance: Random, agent: string): Promise<void> => {
    const [stop, reinstate] = [newId(), newId()]
    await command(chance, (given) => client.stop(agent, stop, given), stop)
    await sleep(chance.between(10, 200))
    await command(chance, (given) => client.reinstate(agent, reinstate, given), reinstate)
  }

  const orderAWhile = async (chance: Random): Promise<void> => {
    const key = newId()
    const labels = chance.pick(['team=red', 'team=blue'])
    const placed = (await command(chance, (given) => client.pause({ labels }, key, given), key)) as
      | { readonly order?: { readonly id: string } }
      | undefined
    const id = placed?.order?.id
    if (id === undefined) return
    orders.add(id)
    await sleep(chance.between(50, 400))
    await lift(id)
  }

  const lift = async (id: string): Promise<void> => {
    await persist((given) => client.liftOrder(id, 'it is over', given))
    orders.delete(id)
  }

  // It connects; whether before its end does not matter.
  client.ready().catch(() => {})
  const answering = loop([20, 150], [ending.signal], answer, 1)
  const intervening = loop(interveneEveryMs, [ending.signal, calming.signal], intervene, 2)
  const deciding = Array.from({ length: deciders }, (_, n) =>
    loop(decideEveryMs, [ending.signal], decide, 3 + n),
  )

  const end = async (): Promise<void> => {
    ending.abort()
    await Promise.all([...deciding, answering, intervening, ...late])
  }

  return {
    client,
    tally,
    async calm() {
      calming.abort()
      await intervening
      for (const id of orders) await lift(id)
      for (const { agents: page } of [await client.agents()])
        for (const { id, state, locked } of page) {
          const key = newId()
          if (state === 'paused') await persist((given) => client.resume(id, key, given), key)
          if (locked) await persist((given) => client.reinstate(id, key, given), key)
        }
    },
    end,
    async [Symbol.asyncDispose]() {
      await end()
      await client.close()
    },
  }
}
