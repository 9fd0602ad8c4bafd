/** Where a server's time and memory went while it carried out round trips: two profiles of V8's, summed up. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProfileOrder } from './bench-server.ts'
import type { HoldpointServer } from './servers.ts'
import { table } from './statistics.ts'

interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: CallFrame
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface HeapNode {
  readonly callFrame: CallFrame
  readonly selfSize: number
  readonly children: readonly HeapNode[]
}

/** Both kinds of profile alike: what was spent in a function itself, and who called whom. */
interface Node {
  readonly frame: CallFrame
  readonly self: number
  readonly children: readonly Node[]
}

interface Cost {
  readonly where: string
  readonly amount: number
}

/** While `work` runs, which is called once for each of the two since each slows the other down; `rest` comes before. */
export async function printProfile(
  { server }: HoldpointServer,
  count: number,
  { rest, work }: { readonly rest: () => Promise<unknown>; readonly work: () => Promise<unknown> },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-profile-'))
  const taken = async (profile: ProfileOrder['profile']): Promise<Node> => {
    const to = join(folder, profile)
    await rest()
    await server.ask({ profile } satisfies ProfileOrder)
    await work()
    await server.ask({ profile, to } satisfies ProfileOrder)
    const read = JSON.parse(readFileSync(to, 'utf8'))
    return profile === 'time' ? timeOf(read as CpuProfile) : memoryOf((read as { head: HeapNode }).head)
  }
  try {
    print('Server time', 'µs', count, await taken('time'))
    print('Memory allocated', 'bytes', count, await taken('memory'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function timeOf({ nodes, samples, timeDeltas }: CpuProfile): Node {
  const selfUs = new Map<number, number>()
  for (const [i, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[i] ?? 0))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const of = (id: number): Node => {
    const { callFrame, children = [] } = byId.get(id) as CpuProfile['nodes'][number]
    const isIdle = callFrame.functionName === '(idle)'
    return { frame: callFrame, self: isIdle ? 0 : (selfUs.get(id) ?? 0), children: children.map(of) }
  }
  return of(nodes[0]?.id ?? 0)
}

const memoryOf = ({ callFrame, selfSize, children }: HeapNode): Node => ({
  frame: callFrame,
  self: selfSize,
  children: children.map(memoryOf),
})

function print(what: string, unit: string, count: number, root: Node): void {
  const functions = new Map<string, number>()
  const modules = new Map<string, number>()
  const layers = new Map<string, number>()
  const totals = new Map<string, number>()
  const walk = (node: Node, above: ReadonlySet<string>): number => {
    const module = moduleOf(node.frame)
    const name = `${node.frame.functionName || '(anonymous)'} ${module}:${node.frame.lineNumber + 1}`
    add(functions, name, node.self)
    add(modules, module, node.self)
    add(layers, layerOf(module), node.self)
    // what calls itself counts once
    const inside = above.has(name) ? above : new Set([...above, name])
    const total = node.children.reduce((sum, child) => sum + walk(child, inside), node.self)
    if (!above.has(name) && isOurs(module)) add(totals, name, total)
    return total
  }
  const total = walk(root, new Set())
  const each = (amount: number): string => (amount / count).toFixed(amount / count < 100 ? 1 : 0)
  const rows = (sums: ReadonlyMap<string, number>, most: number): string[][] =>
    [...sums]
      .map(([where, amount]): Cost => ({ where, amount }))
      .sort((a, b) => b.amount - a.amount)
      .slice(0, most)
      .map(({ where, amount }) => [
        each(amount),
        total > 0 ? `${((amount / total) * 100).toFixed(1)} %` : '',
        where,
      ])
  console.log(`\n${what}: ${each(total)} ${unit} per round trip (${count}), by layer`)
  console.log(table(rows(layers, 20)))
  console.log(`\n${what} by module`)
  console.log(table(rows(modules, 30)))
  console.log(`\n${what} by function, its own`)
  console.log(table(rows(functions, 50)))
  console.log(`\n${what} by function of ours, with what it calls`)
  console.log(table(rows(totals, 60)))
}

/** The package, or the file where it is ours. */
function moduleOf({ url, functionName }: CallFrame): string {
  const packaged = url.match(/node_modules\/(?!\.pnpm)((?:@[^/]+\/)?[^/]+)/g)?.at(-1)
  if (packaged) return packaged.replace('node_modules/', '')
  return url.match(/(?:server|shared)\/dist\/.*$/)?.[0] ?? (url || functionName || '(native)')
}

const isOurs = (module: string): boolean => /^(server|shared)\/dist\//.test(module)

function layerOf(module: string): string {
  if (module.startsWith('server/dist/store/') || module === 'better-sqlite3') return 'store and SQLite'
  if (/^(socket\.io|engine\.io|ws$|@socket\.io|writev?$|debug$)/.test(module)) return 'Socket.IO'
  if (/^(@redis|redis)/.test(module)) return 'Redis client'
  if (/^(canonicalize|@noble|node:internal\/crypto|uuid|.*canonical)/.test(module))
    return 'canonical text, hashes, ids'
  if (/^node:|^\(program\)/.test(module)) return 'Node'
  const ours = module.match(/^server\/dist\/([a-z]+)\//)?.[1]
  if (ours) return `server: ${ours}`
  return module.startsWith('shared/') ? 'shared' : module
}

const add = (sums: Map<string, number>, where: string, amount: number): void =>
  void sums.set(where, (sums.get(where) ?? 0) + amount)
