import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { balancerConfig } from 'holdpoint'
import { endWithThisProcess } from './end-with-this-process.ts'
import { freePort } from './free-port.ts'
import { needProgram } from './need-program.ts'
import { until } from './until.ts'

/** HAProxy as `holdpoint cluster` runs it, before addresses of our own, one of which is ready. */
export interface BalancerProcess extends AsyncDisposable {
  readonly url: string
  /** SIGKILL, and at once another one on the same port. */
  restart(): Promise<void>
}

export async function startBalancer(addresses: readonly string[], port?: number): Promise<BalancerProcess> {
  needProgram('haproxy')
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-balancer-'))
  const config = join(folder, 'haproxy.cfg')
  const log = join(folder, 'log')
  const bind = `127.0.0.1:${port ?? (await freePort())}`
  const nodes = addresses.map((address, n) => ({ name: `node-${n + 1}`, address }))
  writeFileSync(config, balancerConfig({ bind, nodes }))
  let running: ChildProcess

  const start = (): void => {
    running = spawn('haproxy', ['-db', '-f', config], { stdio: ['ignore', 'ignore', openSync(log, 'a')] })
    endWithThisProcess(running)
  }
  const kill = async (): Promise<void> => {
    const gone = once(running, 'exit')
    running.kill('SIGKILL')
    await gone
  }
  start()
  const url = `http://${bind}`
  await until(
    'the balancer passes on',
    async () => {
      if (running.exitCode !== null) throw new Error(`haproxy ended:\n${readFileSync(log, 'utf8')}`)
      return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok
    },
    { withinMs: 60_000 },
  )
  return {
    url,
    async restart() {
      await kill()
      start()
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
