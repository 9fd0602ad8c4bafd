import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { issueToken, openKeys, systemClock } from '@holdpoint/server'
import { HOUR, type Role } from '@holdpoint/shared'
import { compiled } from './compiled.ts'
import { freePort } from './free-port.ts'
import { needProgram } from './need-program.ts'
import { type Process, startProcess } from './process.ts'
import { until } from './until.ts'

/** `holdpoint cluster up` in a process of its own: real Redis, real nodes, a real balancer. */
export interface ClusterProcess extends AsyncDisposable {
  /** The balancer's. */
  readonly url: string
  readonly folder: string
  readonly process: Process
  token(role: Role, subject: string): Promise<string>
  /** `holdpoint cluster …`, with what it printed as JSON. */
  command<T = object>(...args: readonly string[]): Promise<T>
}

const UP_WITHIN_MS = 60_000
const CLI = compiled('cli/dist/main.js')

export async function clusterProcess(...options: readonly string[]): Promise<ClusterProcess> {
  needProgram('redis-server')
  needProgram('haproxy')
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-cluster-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const up = startProcess(CLI, {
    args: ['cluster', 'up', '--data', folder, '--port', String(port), ...options],
    env: { HOLDPOINT_LOG_LEVEL: 'warn' },
  })
  const end = async (): Promise<void> => {
    // By itself, so that nothing of it is left; its own children die with it otherwise.
    up.child.kill('SIGTERM')
    await up.gone
    rmSync(folder, { recursive: true, force: true })
  }
  const command: ClusterProcess['command'] = async (...args) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      CLI,
      'cluster',
      ...args,
      '--json',
      '--data',
      folder,
    ])
    return JSON.parse(stdout)
  }
  try {
    await until(
      'the cluster is up',
      async () => {
        if (up.isGone) throw new Error(`the cluster ended before it was up:\n${up.errors()}`)
        return command('status').catch(() => undefined)
      },
      { withinMs: UP_WITHIN_MS, everyMs: 200 },
    )
  } catch (error) {
    await end()
    throw error
  }
  const keys = await openKeys(folder)
  return {
    url,
    folder,
    process: up,
    command,
    async token(role, subject) {
      const token = await issueToken(keys, {
        tenant: 'default',
        subject,
        role,
        ttlMs: HOUR,
        clock: systemClock,
      })
      if (!token.ok) throw new Error(token.error.message)
      return token.value
    },
    [Symbol.asyncDispose]: end,
  }
}
