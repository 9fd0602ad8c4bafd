import { testProgram } from '../harness/compiled.ts'
import { startProcess } from '../harness/process.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import { until } from '../harness/until.ts'
import type { CrowdOrders, FromCrowd, MemberState, ToCrowd } from './crowd-messages.ts'

export interface CrowdOptions {
  readonly server: ServerProcess
  readonly agents: readonly string[]
  readonly leaseMs: number
  /** Default: the server's own. */
  readonly url?: string
  readonly staggerMs?: number
  /** Default 5. */
  readonly stepMs?: number
}

/** Many agents in a process of their own, each stepping as often as its checkpoint lets it. */
export interface Crowd extends AsyncDisposable {
  readonly agents: readonly string[]
  /** Those that started, with their epochs. */
  readonly up: ReadonlyMap<string, string>
  /** Those that were refused a start, with the code. */
  readonly refused: ReadonlyMap<string, string>
  /** Those whose signal fired, with when and why. */
  readonly aborted: ReadonlyMap<string, { readonly at: number; readonly ended: string }>
  /** Resolves once every one is up. */
  allUp(): Promise<void>
  look(): Promise<readonly MemberState[]>
}

const UP_WITHIN_MS = 60_000

export async function crowd(options: CrowdOptions): Promise<Crowd> {
  const { server, agents, leaseMs, url = server.url, staggerMs = 0, stepMs = 5 } = options
  const members = await Promise.all(
    agents.map(async (agent) => ({ agent, token: await server.token('agent', agent) })),
  )
  const orders: CrowdOrders = { url, leaseMs, members, staggerMs, stepMs }
  const life = startProcess(testProgram('chaos/crowd-process'))
  // the tokens of hundreds are more than an argument may hold
  life.child.send(orders)
  const up = new Map<string, string>()
  const refused = new Map<string, string>()
  const aborted = new Map<string, { at: number; ended: string }>()
  let looking: ((members: readonly MemberState[]) => void)[] = []

  life.child.on('message', (message: FromCrowd) => {
    switch (message.kind) {
      case 'up':
        up.set(message.agent, message.epoch)
        break
      case 'refused':
        refused.set(message.agent, message.code)
        break
      case 'aborted':
        aborted.set(message.agent, message)
        break
      case 'seen':
        for (const seen of looking.splice(0)) seen(message.members)
    }
  })
  const failed = life.gone.then((code) => {
    looking = []
    throw new Error(`the crowd ended with ${code}:\n${life.errors()}`)
  })
  failed.catch(() => {})

  return {
    agents,
    up,
    refused,
    aborted,
    allUp: () =>
      Promise.race([
        failed,
        until('every agent of the crowd is up', () => up.size === agents.length, {
          withinMs: UP_WITHIN_MS,
        }).catch((error: unknown) => {
          const missing = agents.filter((agent) => !up.has(agent))
          throw new Error(`${missing} did not start (refused: ${JSON.stringify([...refused])})`, {
            cause: error,
          })
        }),
      ]).then(() => {}),
    look: () =>
      Promise.race([
        failed,
        new Promise<readonly MemberState[]>((resolve) => {
          looking.push(resolve)
          const message: ToCrowd = { kind: 'look' }
          life.child.send(message)
        }),
      ]),
    [Symbol.asyncDispose]: () => life.kill(),
  }
}

export const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
