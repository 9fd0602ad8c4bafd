import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { SECOND } from '@holdpoint/shared'
import { type BalancedNode, balancerConfig } from './balancer-config.ts'
import { startChild } from './child.ts'
import { keepUp, type Part } from './part.ts'
import { choosePort } from './ports.ts'

export interface BalancerPart extends Part {
  /** No new connection goes to that node any more; those it has stay. */
  takeOut(node: string): Promise<void>
  putBack(node: string): Promise<void>
  /** How many connections each node has, by name; empty while it does not answer. */
  connections(): Promise<ReadonlyMap<string, number>>
}

export interface BalancerOptions {
  readonly folder: string
  readonly host: string
  readonly port: number
  readonly nodes: readonly BalancedNode[]
  readonly report: (sentence: string) => void
}

const CONTROL_SOCKET = 'balancer.sock'
const CONFIG = 'haproxy.cfg'
const ANSWERS_WITHIN_MS = 2 * SECOND

/** HAProxy before the nodes. */
export function balancerPart({ folder, host, port, nodes, report }: BalancerOptions): BalancerPart {
  const log = join(folder, 'balancer.log')
  const tell = (command: string) => ask(join(folder, CONTROL_SOCKET), command)
  const part = keepUp({
    name: 'balancer',
    log,
    report,
    spawn: async () => {
      const config = balancerConfig({
        bind: `${host}:${port}`,
        nodes,
        controlSocket: `unix@${CONTROL_SOCKET}`,
      })
      await writeFile(join(folder, CONFIG), config, { mode: 0o600 })
      return startChild({ program: 'haproxy', args: ['-db', '-f', CONFIG], folder, log })
    },
    serves: async () => {
      try {
        // Ours: on a port that somebody else took meanwhile, theirs would answer for it.
        await tell('show info')
        return (
          await fetch(`http://${host}:${port}/readyz`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) })
        ).ok
      } catch {
        return false
      }
    },
  })
  const setState = async (node: string, state: string): Promise<void> => {
    const answer = await tell(`set server nodes/${node} state ${state}`)
    if (answer.trim() !== '') throw new Error(`The balancer said: ${answer.trim()}`)
  }
  return Object.assign(Object.create(part) as Part, {
    async start() {
      try {
        await part.start()
      } catch (error) {
        // Who chose the same port a moment ago has it by now.
        await choosePort(host, port)
        throw error
      }
    },
    takeOut: (node: string) => setState(node, 'drain'),
    putBack: (node: string) => setState(node, 'ready'),
    connections: async () => readConnections(await tell('show stat nodes 4 -1').catch(() => '')),
  })
}

/** HAProxy's statistics: comma-separated, the first line names the columns (management guide, 9.1). */
function readConnections(csv: string): ReadonlyMap<string, number> {
  const [head = '', ...rows] = csv.trim().split('\n')
  const columns = head.replace(/^# /, '').split(',')
  const [name, current] = [columns.indexOf('svname'), columns.indexOf('scur')]
  if (name < 0 || current < 0) return new Map()
  return new Map(
    rows.map((row) => row.split(',')).map((fields) => [fields[name] ?? '', Number(fields[current])]),
  )
}

async function ask(path: string, command: string): Promise<string> {
  const socket = connect(path)
  socket.setTimeout(ANSWERS_WITHIN_MS, () => socket.destroy(new Error('The balancer does not answer.')))
  socket.write(`${command}\n`)
  return readAll(socket)
}
