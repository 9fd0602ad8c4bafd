import { execFileSync } from 'node:child_process'
import { testProgram } from '../harness/compiled.ts'
import { freePort } from '../harness/free-port.ts'
import { startProcess } from '../harness/process.ts'
import { type ProcessUsage, processUsage } from '../harness/process-usage.ts'
import { type ServerProcess, serverProcess } from '../harness/server-process.ts'
import { until } from '../harness/until.ts'

/** The server's core; the load keeps to the other. */
export const SERVER_CORE = 0
const LOAD_CORE = 1

/** Where servers and load can be kept apart: `taskset`, and two cores. */
export const canPin = (): boolean => {
  try {
    execFileSync('taskset', ['-cp', String(LOAD_CORE), String(process.pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface Relay extends ProcessUsage, AsyncDisposable {
  readonly url: string
}

export interface HoldpointServer extends ProcessUsage, AsyncDisposable {
  readonly server: ServerProcess
  /** Changes that were answered, and transactions that were fsynced, since the start. */
  commits(): Promise<{ readonly answered: number; readonly batches: number }>
}

export async function startHoldpoint(
  pinned: boolean,
  env: Readonly<Record<string, string>> = {},
): Promise<HoldpointServer> {
  const server = await serverProcess({
    env,
    program: testProgram('bench/bench-server'),
    core: pinned ? SERVER_CORE : undefined,
  })
  await server.start()
  return {
    server,
    ...processUsage(server.pid),
    async commits() {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      return { answered: metric(text, 'answered'), batches: metric(text, 'batches') }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export async function startRelay(
  pinned: boolean,
  more: Readonly<Record<string, string>> = {},
): Promise<Relay> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const relay = startProcess(testProgram('bench/baseline-relay'), {
    core: pinned ? SERVER_CORE : undefined,
    env: { HOLDPOINT_PORT: String(port), ...more },
  })
  await until('the relay listens', async () => (await fetch(url).catch(() => undefined))?.ok)
  return { url, ...processUsage(relay.pid), [Symbol.asyncDispose]: () => relay.kill() }
}

function metric(text: string, what: string): number {
  const value = text.match(new RegExp(`^holdpoint_store\\{what="${what}"\\} (\\S+)$`, 'm'))?.[1]
  if (value === undefined) throw new Error(`/metrics does not say how many were ${what}`)
  return Number(value)
}
