import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startBalancer } from '../harness/balancer-process.ts'
import { compiled } from '../harness/compiled.ts'
import { freePort } from '../harness/free-port.ts'
import { startProcess } from '../harness/process.ts'
import { until } from '../harness/until.ts'

it('of two clusters that start on one port at once, the second one ends and says why', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-cluster-'))
  const node = createServer((_, response) => response.end()).listen(0, '127.0.0.1')
  await once(node, 'listening')
  const port = await freePort()
  await using late = startProcess(compiled('cli/dist/main.js'), {
    args: ['cluster', 'up', '--nodes', '1', '--data', folder, '--port', String(port)],
  })
  // It has seen by now that the port is free; the other one's balancer is quicker.
  await until('it starts', () => late.errors().includes('Starting Redis'), { withinMs: 20_000 })
  {
    await using _first = await startBalancer([`127.0.0.1:${(node.address() as AddressInfo).port}`], port)
    expect([await late.gone, late.errors()]).toEqual([
      3,
      expect.stringContaining(
        `Port ${port} is in use: another server runs there. Choose another with --port.`,
      ),
    ])
    expect(late.errors()).not.toContain('starting it again')
  }
  node.close()
  rmSync(folder, { recursive: true })
})
