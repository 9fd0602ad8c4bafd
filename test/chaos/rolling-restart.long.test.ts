import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AgentClient } from '@holdpoint/client'
import { OperatorClient } from '@holdpoint/client/operator'
import { expect, it } from 'vitest'
import { type ClusterProcess, clusterProcess } from '../harness/cluster-process.ts'
import { until } from '../harness/until.ts'
import { names } from './crowd.ts'

const AGENTS = 12
/** No operator is disturbed for longer. Unit: ms. */
const DISTURBED_MS = 2_000

interface Status {
  readonly parts: readonly {
    readonly name: string
    readonly state: string
    readonly pid: number
    readonly restarts: number
  }[]
}

it('[PR2] [AP9] a rolling restart of three nodes loses no held action, and disturbs no operator for over 2 s', async () => {
  await using cluster = await clusterProcess('--nodes', '3')
  const acts = new Map<string, number>()
  const agents = await Promise.all(
    names('held', AGENTS).map(async (agent) => {
      const client = new AgentClient({ url: cluster.url, token: await cluster.token('agent', agent) })
      const { epoch } = await client.start()
      const done = client.run('send_email', { to: agent }, async () => {
        acts.set(agent, (acts.get(agent) ?? 0) + 1)
      })
      return { agent, client, epoch, done }
    }),
  )
  await using ana = await operator(cluster, 'ana')
  await using bo = await operator(cluster, 'bo')
  const waiting = () => ana.replica.approvals.size === AGENTS
  await until('every action is held', waiting)
  const before = await cluster.command<Status>('status')

  const pulses = [pulse(ana), pulse(bo)]
  await cluster.command('restart')
  const disturbedMs = await Promise.all(pulses.map((one) => one.end()))

  const after = await cluster.command<Status>('status')
  console.log(`three nodes restarted; operators waited ${disturbedMs.map(Math.round)} ms at most`)
  expect(after.parts.every(({ state }) => state === 'ready')).toBe(true)
  expect(after.parts.map(({ restarts }) => restarts)).toEqual([0, 1, 1, 1, 0])
  // The way in is told once, with the address that everybody uses; no log of a node holds it.
  expect(cluster.process.output()).toMatch(new RegExp(`\\n  ${cluster.url}/#link=\\S+\\n`))
  for (const node of [1, 2, 3])
    expect(readFileSync(join(cluster.folder, 'cluster', `node-${node}.log`), 'utf8')).not.toContain('#link=')
  expect(nodesOf(after).filter((pid) => nodesOf(before).includes(pid))).toEqual([])
  expect(Math.max(...disturbedMs)).toBeLessThan(DISTURBED_MS)

  await until('every action is still held', waiting)
  expect(acts.size).toBe(0)
  for (const approval of ana.replica.approvals.values()) await ana.approve(approval)
  const outcomes = await Promise.all(agents.map(({ done }) => done))
  expect(outcomes.map(({ status }) => status)).toEqual(agents.map(() => 'done'))
  expect([...acts.values()]).toEqual(agents.map(() => 1))
  // The same lives all along: nobody was taken over, and nobody began anew.
  expect(agents.map(({ client }) => client.held?.epoch)).toEqual(agents.map(({ epoch }) => epoch))
  await Promise.all(agents.map(({ client }) => client.close()))
})

const nodesOf = ({ parts }: Status) =>
  parts.flatMap(({ name, pid }) => (name.startsWith('node-') ? [pid] : []))

async function operator(cluster: ClusterProcess, name: string): Promise<OperatorClient> {
  const client = new OperatorClient({ url: cluster.url, token: await cluster.token('admin', name) })
  await client.ready()
  return client
}

/** Asks for something all the time; tells in the end how long the longest wait for an answer was, ms. */
function pulse(client: OperatorClient): { end(): Promise<number> } {
  let ended = false
  let longestMs = 0
  const beating = (async () => {
    while (!ended) {
      const askedAt = performance.now()
      await client.agents()
      longestMs = Math.max(longestMs, performance.now() - askedAt)
      await sleep(20)
    }
  })()
  return {
    async end() {
      ended = true
      await beating
      return longestMs
    },
  }
}
